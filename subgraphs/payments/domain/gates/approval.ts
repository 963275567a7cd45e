import type { Uuid } from '../../../../platform/id.ts';
import type { RailName } from '../../../../rails/port.ts';

/** Approvals that may be asked for at most. */
export const APPROVALS_REQUIRED_MAX = 3;

/** What has to be approved: a payment that meets all that is said here. What is null or empty is met by each. */
export interface ApprovalRule {
  /** Code of the source's Asset. */
  readonly asset: string | null;
  /** From this amount of the source on, in minor units as text; null for any. */
  readonly minAmountMinor: string | null;
  readonly rails: readonly RailName[];
  /** Only what goes to somebody whom the organization has never paid. */
  readonly newCounterparty: boolean;
  /** Only from these Accounts. */
  readonly sourceAccountIds: readonly Uuid[];
  /** How many have to approve it, 1 to 3. */
  readonly required: number;
}

/** What an organization wants approved. */
export interface ApprovalPolicy {
  readonly organizationId: Uuid;
  readonly version: number;
  readonly rules: readonly ApprovalRule[];
  /** How long approvals are waited for, in hours. */
  readonly expiryHours: number;
  readonly setBy: string;
  readonly updatedAt: Date;
}

export type ApprovalStatus = 'OPEN' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'CANCELED';
export type ApprovalSubject = 'TRANSACTION' | 'PAYOUT_BATCH';

/** A question to those who may approve, with what of the policy applied when it was asked. */
export interface Approval {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly subject: ApprovalSubject;
  readonly subjectId: Uuid;
  readonly status: ApprovalStatus;
  /** Number of its latest event; gap-free from 1. */
  readonly version: number;
  readonly required: number;
  readonly rule: ApprovalRule;
  readonly policyVersion: number;
  /** The ApiKey or Member that made what is to be approved, and may therefore not decide it. */
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}

export type Verdict = 'APPROVE' | 'REJECT';

/** What one who was asked said. */
export interface ApprovalDecision {
  readonly approvalId: Uuid;
  readonly organizationId: Uuid;
  /** The ApiKey or Member. */
  readonly decidedBy: string;
  readonly keyId: Uuid | null;
  readonly verdict: Verdict;
  readonly note: string | null;
  readonly decidedAt: Date;
}

/** What a policy is asked about. */
export interface Spending {
  readonly sourceAccountId: Uuid;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly rails: readonly RailName[];
  readonly isNewCounterparty: boolean;
}

/** The rule that asks for most approvals of those that a payment meets; null where it meets none. */
export function ruleFor({ rules }: Pick<ApprovalPolicy, 'rules'>, spending: Spending): ApprovalRule | null {
  let strictest: ApprovalRule | null = null;
  for (const rule of rules) {
    if (!meets(rule, spending)) continue;
    if (strictest === null || rule.required > strictest.required) strictest = rule;
  }
  return strictest;
}

function meets(rule: ApprovalRule, spending: Spending): boolean {
  const { asset, minAmountMinor, rails, sourceAccountIds } = rule;
  return (
    (asset === null || asset === spending.asset) &&
    (minAmountMinor === null || spending.amountMinor >= BigInt(minAmountMinor)) &&
    (rails.length === 0 || spending.rails.some((rail) => rails.includes(rail))) &&
    (sourceAccountIds.length === 0 || sourceAccountIds.includes(spending.sourceAccountId)) &&
    (!rule.newCounterparty || spending.isNewCounterparty)
  );
}

/** The instant from which on nothing can be approved any more. @param now the database's clock */
export function expiryOf({ expiryHours }: Pick<ApprovalPolicy, 'expiryHours'>, now: Date): Date {
  return new Date(now.getTime() + expiryHours * 3_600_000);
}
