import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { EventType } from '../../../../schema/events.ts';
import type { Approval, ApprovalDecision, ApprovalStatus, Verdict } from './approval.ts';
import { approvalNotOpen, approverNotAllowed } from './gateResults.ts';

/** What somebody says to a question. */
export interface SaidVerdict {
  /** The ApiKey or Member. */
  readonly decidedBy: string;
  readonly keyId: Uuid | null;
  readonly verdict: Verdict;
  readonly note: string | null;
}

/** What is known under the lock of what is to be approved. */
export interface VerdictFacts {
  readonly approval: Approval;
  readonly decisions: readonly ApprovalDecision[];
  /** Keys that hold no more: what they said does not count. */
  readonly revokedKeys: ReadonlySet<Uuid>;
  /** The database's clock. */
  readonly now: Date;
}

export interface GivenVerdict {
  readonly decision: ApprovalDecision;
  /** The Approval after it: still OPEN where others have to say so, too. */
  readonly after: Approval;
}

/** Counts one word, once for each who says it; never that of whoever made what is to be approved. */
export function giveVerdict(facts: VerdictFacts, said: SaidVerdict): GivenVerdict | StoredResult {
  const { approval, decisions, revokedKeys, now } = facts;
  if (approval.status !== 'OPEN') return approvalNotOpen(approval, approval.status);
  if (now >= approval.expiresAt) return approvalNotOpen(approval, 'EXPIRED');
  const { decidedBy, keyId, verdict } = said;
  if (decidedBy === approval.requestedBy) return approverNotAllowed(approval, 'MADE_IT');
  if (isRevoked(revokedKeys, keyId)) return approverNotAllowed(approval, 'KEY_REVOKED');
  const earlier = decisions.filter(({ approvalId }) => approvalId === approval.id);
  if (earlier.some((one) => one.decidedBy === decidedBy)) {
    return approverNotAllowed(approval, 'DECIDED_ALREADY');
  }
  const { id: approvalId, organizationId } = approval;
  const decision: ApprovalDecision = { ...said, approvalId, organizationId, decidedAt: now };
  const standing = [...earlier, decision].filter((one) => !isRevoked(revokedKeys, one.keyId));
  const isEnough = verdict === 'APPROVE' && standing.length >= approval.required;
  const status = verdict === 'REJECT' ? 'REJECTED' : isEnough ? 'APPROVED' : 'OPEN';
  return { decision, after: moved(approval, status, now) };
}

function isRevoked(revokedKeys: ReadonlySet<Uuid>, keyId: Uuid | null): boolean {
  return keyId !== null && revokedKeys.has(keyId);
}

/** The Approval one step further. */
export function moved(approval: Approval, status: ApprovalStatus, now: Date): Approval {
  const endedAt = status === 'OPEN' ? null : now;
  return { ...approval, status, version: approval.version + 1, endedAt };
}

/** The event of a step that leaves an Approval in a status; its first is ApprovalRequested. */
export const APPROVAL_EVENTS: Readonly<Record<ApprovalStatus, EventType>> = {
  OPEN: 'ApprovalCounted',
  APPROVED: 'ApprovalApproved',
  REJECTED: 'ApprovalRejected',
  EXPIRED: 'ApprovalExpired',
  CANCELED: 'ApprovalCanceled',
};
