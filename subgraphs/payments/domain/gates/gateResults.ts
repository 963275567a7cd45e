import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Approval, ApprovalStatus } from './approval.ts';
import type { Review } from './review.ts';

/** The failures that deciding about approvals and reviews may come to. */
export type GateFailureType = 'ApprovalNotOpen' | 'ApproverNotAllowed' | 'ReviewNotOpen';

/** Why somebody's word on an Approval does not count. */
export type ApproverFault = 'MADE_IT' | 'DECIDED_ALREADY' | 'KEY_REVOKED';

function failed(type: GateFailureType, values: Omit<StoredResult, 'type'>): StoredResult {
  return { type, ...values };
}

export function approvalNotOpen({ id }: Approval, status: ApprovalStatus): StoredResult {
  return failed('ApprovalNotOpen', { approvalId: id, status });
}

export function approverNotAllowed({ id }: Approval, why: ApproverFault): StoredResult {
  return failed('ApproverNotAllowed', { approvalId: id, why });
}

export function reviewNotOpen({ id, status }: Review): StoredResult {
  return failed('ReviewNotOpen', { reviewId: id, status });
}

export function reviewed(reviewId: Uuid): StoredResult {
  return { type: 'Review', reviewId };
}
