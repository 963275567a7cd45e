import type { Connection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Approval } from '../domain/gates/approval.ts';
import type { Review } from '../domain/gates/review.ts';

/** A step of an Approval, as its event tells of it. */
export interface ApprovalEventView {
  readonly id: Uuid;
  readonly version: number;
  readonly kind: 'REQUESTED' | 'COUNTED' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'CANCELED';
  readonly occurredAt: Date;
}

/** A message of the stream of Approvals; without an event it is the first of a stream opened without a cursor. */
export interface ApprovalUpdateView {
  readonly cursor: string;
  readonly approvalId: Uuid | null;
  readonly event: ApprovalEventView | null;
}

export type ApprovalConnectionView = Connection<Approval>;
export type ReviewConnectionView = Connection<Review>;
