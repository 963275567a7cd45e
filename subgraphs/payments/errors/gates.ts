import type { StoredResult } from '../../../platform/commandLane.ts';
import type { FailureView } from '../../../platform/failures.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import type { ApproverFault, GateFailureType } from '../domain/gates/gateResults.ts';

const FAULTS: Readonly<Record<ApproverFault, string>> = {
  MADE_IT: 'whoever made it may not decide it',
  DECIDED_ALREADY: 'each counts once',
  KEY_REVOKED: 'the key was revoked',
};

/** How each failure of approvals and reviews is told. */
export const GATE_VIEWS: Readonly<Record<GateFailureType, (stored: StoredResult) => FailureView>> = {
  ApprovalNotOpen: ({ approvalId: uuid, status }) => {
    const approvalId = formatId('apr', uuid as Uuid);
    const message = `${approvalId} is ${status}: there is nothing to decide`;
    return failure('ApprovalNotOpen', 'APPROVAL_NOT_OPEN', message, { approvalId, approvalStatus: status });
  },
  ApproverNotAllowed: ({ approvalId: uuid, why }) => {
    const approvalId = formatId('apr', uuid as Uuid);
    const reason = why as ApproverFault;
    const message = `${approvalId} cannot be decided by this key: ${FAULTS[reason]}`;
    return failure('ApproverNotAllowed', 'APPROVER_NOT_ALLOWED', message, { approvalId, reason });
  },
  ReviewNotOpen: ({ reviewId: uuid, status }) => {
    const reviewId = formatId('rev', uuid as Uuid);
    const message = `${reviewId} is ${status}: there is nothing to decide`;
    return failure('ReviewNotOpen', 'REVIEW_NOT_OPEN', message, { reviewId, reviewStatus: status });
  },
};

function failure(__typename: string, code: string, message: string, values: object): FailureView {
  return { __typename, code, message, retryable: false, ...values } as FailureView;
}
