import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../../platform/inputs.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type {
  AssignReviewCommand,
  DecideApprovalCommand,
  DecideReviewCommand,
  EndWaitingCommand,
  OpenReviewCommand,
} from '../../domain/gates/command.ts';
import type { SaidVerdict } from '../../domain/gates/giveVerdict.ts';
import type { Review } from '../../domain/gates/review.ts';
import type { WaitingSubject } from '../../store/gates/nextWaiting.ts';

export const NOTE_LENGTH_MAX = 500;
export const ASSIGNEE_LENGTH_MAX = 200;

/** What approving or rejecting is asked, as it came. */
export interface DecideApprovalRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly note?: string | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readDecideApproval(
  viewer: Viewer,
  operation: DecideApprovalCommand['operation'],
  request: DecideApprovalRequest,
): DecideApprovalCommand | FailureView {
  const fault = checkNote(request);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  return {
    ...saidOf(viewer, operation === 'approveTransaction' ? 'APPROVE' : 'REJECT', request),
    ...baseOf(viewer, request.idempotencyKey, { transactionId, note: request.note ?? null }),
    operation,
    transactionId,
  };
}

/** Who says what. */
export function saidOf(
  { subjectId }: Viewer,
  verdict: SaidVerdict['verdict'],
  { note }: Pick<DecideApprovalRequest, 'note'>,
): SaidVerdict {
  return { decidedBy: subjectId, keyId: parseId('key', subjectId), verdict, note: note ?? null };
}

export function checkNote(request: Omit<DecideApprovalRequest, 'id'>): FailureView | null {
  return firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkOptionalText('note', request.note, 0, NOTE_LENGTH_MAX),
  );
}

/** The command that ends what waited too long. It has no key: the state it acts on makes it idempotent. */
export function endWaiting({ subjectId, organizationId }: WaitingSubject): EndWaitingCommand {
  return {
    organizationId,
    operation: 'endWaiting',
    idempotencyKey: null,
    fingerprint: '',
    transactionId: subjectId,
    journalId: newUuid(),
  };
}

export function readOpenReview(
  viewer: Viewer,
  request: { readonly idempotencyKey: string; readonly transactionId: string; readonly reason: string },
): OpenReviewCommand | FailureView {
  const { reason } = request;
  const fault = firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkOptionalText('reason', reason, 1, NOTE_LENGTH_MAX),
  );
  if (fault) return fault;
  const transactionId = parseId('txn', request.transactionId);
  if (transactionId === null) return notFound(request.transactionId);
  return {
    ...baseOf(viewer, request.idempotencyKey, { transactionId, reason }),
    operation: 'openReview',
    transactionId,
    reason,
    openedBy: viewer.subjectId,
  };
}

/** @param review what the id names: its subject is locked first, and never changes */
export function decideReviewOf(
  viewer: Viewer,
  review: Review,
  request: {
    readonly idempotencyKey: string;
    readonly decision: DecideReviewCommand['decision'];
    readonly note?: string | null | undefined;
  },
): DecideReviewCommand | FailureView {
  const fault = checkNote(request);
  if (fault) return fault;
  const { decision, note = null } = request;
  return {
    ...baseOf(viewer, request.idempotencyKey, { reviewId: review.id, decision, note }),
    operation: 'decideReview',
    ...aboutOf(review),
    subject: review.subject,
    decision,
    note,
    decidedBy: viewer.subjectId,
  };
}

/** As `decideReviewOf`. */
export function assignReviewOf(
  viewer: Viewer,
  review: Review,
  request: { readonly idempotencyKey: string; readonly assignedTo?: string | null | undefined },
): AssignReviewCommand | FailureView {
  const { assignedTo = null } = request;
  const fault = firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkOptionalText('assignedTo', assignedTo, 1, ASSIGNEE_LENGTH_MAX),
  );
  if (fault) return fault;
  return {
    ...baseOf(viewer, request.idempotencyKey, { reviewId: review.id, assignedTo }),
    operation: 'assignReview',
    ...aboutOf(review),
    assignedTo,
  };
}

function aboutOf({ id, subject, subjectId }: Review): { reviewId: Uuid; transactionId: Uuid | null } {
  return { reviewId: id, transactionId: subject === 'TRANSACTION' ? subjectId : null };
}

/** Whoever decides is part of what was asked: the same key with another key's word is another request. */
function baseOf(viewer: Viewer, idempotencyKey: string, asked: object) {
  const { organizationId, subjectId } = viewer;
  return {
    organizationId,
    idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, subjectId }),
    journalId: newUuid(),
  };
}
