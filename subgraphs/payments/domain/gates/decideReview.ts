import type { StoredResult } from '../../../../platform/commandLane.ts';
import { formatId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { decideArrival } from '../arrivals/heldArrivals.ts';
import type { Batch } from '../batch.ts';
import { findOwn, missingTransaction } from '../find.ts';
import { followPayout } from '../payouts/decidePayoutItem.ts';
import { illegal, missing } from '../results.ts';
import type { AssignReviewCommand, DecideReviewCommand, OpenReviewCommand } from './command.ts';
import { reviewed, reviewNotOpen } from './gateResults.ts';
import { openReviewOf, putReview } from './gatesInBatch.ts';
import { openReview } from './openReview.ts';
import { endGate, passGate } from './passGate.ts';
import type { Review } from './review.ts';

/** Puts a Transaction before those who review. Its rail must not have been told of it. */
export function decideOpenReview(batch: Batch, command: OpenReviewCommand): StoredResult {
  const { organizationId, transactionId, reason, openedBy } = command;
  const waiting = findOwn(batch, organizationId, transactionId);
  if (!waiting) return missingTransaction(transactionId);
  const { gates } = batch;
  const open = openReviewOf(gates, waiting.id);
  if (open) return reviewed(open.id);
  const gate = gates.gates.get(waiting.id);
  if (gate?.state !== 'WAITING') return illegal(waiting, 'its rail was told of it');
  gates.gates.set(waiting.id, { ...gate, awaitsReview: true });
  const about = { subject: 'TRANSACTION', subjectId: waiting.id, matches: [], listVersion: null } as const;
  return reviewed(openReview(batch, { ...about, organizationId, reasons: [reason], openedBy }));
}

/**
 * Lets a Transaction go on or ends it, once. What is refused is told to others in words that say nothing of a review.
 * Money that arrived is not held back any more: the worker that settles it goes on with it, or does not.
 */
export function decideReview(batch: Batch, command: DecideReviewCommand): StoredResult {
  const review = findReview(batch, command);
  if (!review) return missing(formatId('rev', command.reviewId));
  if (review.status !== 'OPEN') return reviewNotOpen(review);
  const { decision, note, decidedBy, journalId } = command;
  const isReleased = decision === 'RELEASE';
  putReview(batch.gates, batch.newId(), 'ReviewDecided', {
    ...{ ...review, version: review.version + 1, note, decidedBy, decidedAt: batch.now },
    status: isReleased ? 'RELEASED' : 'REFUSED',
  });
  if (review.subject !== 'TRANSACTION') {
    decideArrival(batch, review, isReleased);
    return reviewed(review.id);
  }
  const waiting = present(batch.transactions.get(review.subjectId), 'the transaction of a review');
  const gate = present(batch.gates.gates.get(waiting.id), 'the gate of a review');
  if (isReleased) passGate(batch, gate, waiting, { by: 'REVIEW', journalId });
  else {
    const kind = waiting.status === 'AWAITING_ACTION' ? 'CANCELED' : 'FAILED';
    endGate(batch, gate, waiting, { kind, code: 'DECLINED', message: 'the payment was declined' }, journalId);
  }
  followPayout(batch, waiting.id);
  return reviewed(review.id);
}

/** Says who looks at it, or that nobody does. */
export function decideAssignReview(batch: Batch, command: AssignReviewCommand): StoredResult {
  const review = findReview(batch, command);
  if (!review) return missing(formatId('rev', command.reviewId));
  if (review.status !== 'OPEN') return reviewNotOpen(review);
  const { assignedTo } = command;
  if (assignedTo !== review.assignedTo) {
    const after = { ...review, assignedTo, version: review.version + 1 };
    putReview(batch.gates, batch.newId(), 'ReviewAssigned', after);
  }
  return reviewed(review.id);
}

function findReview(
  { gates }: Batch,
  { reviewId, organizationId }: Pick<DecideReviewCommand, 'reviewId' | 'organizationId'>,
): Review | null {
  const review = gates.reviews.get(reviewId);
  return review?.organizationId === organizationId ? review : null;
}
