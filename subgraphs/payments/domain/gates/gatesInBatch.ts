import type { Uuid } from '../../../../platform/id.ts';
import type { InsideAddress } from '../../../../rails/onchain/sends.ts';
import type { EventType } from '../../../../schema/events.ts';
import type { Approval, ApprovalDecision, ApprovalPolicy } from './approval.ts';
import type { Gate } from './gate.ts';
import type { Review } from './review.ts';

/** What a batch of the lane knows of gates: all of it changes under the lock of a Transaction only, or of the Review itself. */
export interface GateFacts {
  /** Of organizations that spend in this batch. */
  readonly policies: ReadonlyMap<Uuid, ApprovalPolicy>;
  /** Counterparties that were paid before, by `counterpartyKey`; looked for only where a policy asks. */
  readonly known: ReadonlySet<string>;
  readonly gates: ReadonlyMap<Uuid, Gate>;
  /** By what they are about. */
  readonly approvals: ReadonlyMap<Uuid, Approval>;
  readonly decisions: readonly ApprovalDecision[];
  readonly revokedKeys: ReadonlySet<Uuid>;
  readonly reviews: ReadonlyMap<Uuid, Review>;
  /** Who is by now at an address that something waits to be sent to. */
  readonly inside: readonly InsideAddress[];
}

/** What becomes of an Approval or a Review, as it is then. */
export interface GateStep {
  readonly id: Uuid;
  readonly type: EventType;
  readonly about: Approval | Review;
}

export interface PaidCounterparty {
  readonly organizationId: Uuid;
  readonly digest: string;
  readonly transactionId: Uuid;
}

/** The same with the changes of this batch on top, and what is to be written. */
export interface Gates extends Pick<GateFacts, 'policies' | 'known' | 'revokedKeys' | 'inside'> {
  readonly stored: Pick<GateFacts, 'gates' | 'approvals' | 'reviews'>;
  readonly gates: Map<Uuid, Gate>;
  readonly approvals: Map<Uuid, Approval>;
  readonly decisions: ApprovalDecision[];
  readonly newDecisions: ApprovalDecision[];
  readonly reviews: Map<Uuid, Review>;
  readonly counterparties: PaidCounterparty[];
  readonly steps: GateStep[];
}

export const NO_GATES: GateFacts = {
  policies: new Map(),
  known: new Set(),
  gates: new Map(),
  approvals: new Map(),
  decisions: [],
  revokedKeys: new Set(),
  reviews: new Map(),
  inside: [],
};

export function gatesOf(facts: GateFacts = NO_GATES): Gates {
  const { policies, known, revokedKeys, inside, gates, approvals, reviews, decisions } = facts;
  return {
    policies,
    known,
    revokedKeys,
    inside,
    stored: { gates, approvals, reviews },
    gates: new Map(gates),
    approvals: new Map(approvals),
    decisions: [...decisions],
    newDecisions: [],
    reviews: new Map(reviews),
    counterparties: [],
    steps: [],
  };
}

/** Begins an Approval, or moves it on, with the event that tells of it. */
export function putApproval(gates: Gates, id: Uuid, type: EventType, approval: Approval): void {
  gates.approvals.set(approval.subjectId, approval);
  gates.steps.push({ id, type, about: approval });
}

/** As `putApproval`, for a Review. Only whoever may see reviews is told. */
export function putReview(gates: Gates, id: Uuid, type: EventType, review: Review): void {
  gates.reviews.set(review.id, review);
  gates.steps.push({ id, type, about: review });
}

/** The Review that something is under, if one is open. */
export function openReviewOf(gates: Gates, subjectId: Uuid): Review | null {
  for (const review of gates.reviews.values()) {
    if (review.subjectId === subjectId && review.status === 'OPEN') return review;
  }
  return null;
}

/** Whom a payment goes to. @param where an Account, an address, or the digest of an account at a bank */
export function counterpartyKey(organizationId: Uuid, where: string): string {
  return `${organizationId} ${where}`;
}
