import type { Connection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Approval } from '../domain/gates/approval.ts';
import type { Review } from '../domain/gates/review.ts';
import type { ObjectStep } from '../views.ts';

export type ApprovalEventView = ObjectStep<
  'REQUESTED' | 'COUNTED' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'CANCELED'
>;

/** A message of the stream of Approvals; without an event it is the first of a stream opened without a cursor. */
export interface ApprovalUpdateView {
  readonly cursor: string;
  readonly approvalId: Uuid | null;
  readonly event: ApprovalEventView | null;
}

export type ApprovalConnectionView = Connection<Approval>;
export type ReviewConnectionView = Connection<Review>;
