import type { Uuid } from '../../../../platform/id.ts';
import type { Batch } from '../batch.ts';
import { openReviewOf, putReview } from './gatesInBatch.ts';
import type { Review } from './review.ts';

/**
 * Puts something before those who review, in the tx that holds it back; where a Review of it is open it stays the one.
 * Whoever calls this keeps the money from moving: the Review itself stops nothing.
 */
export function openReview(
  batch: Batch,
  asked: Pick<
    Review,
    'organizationId' | 'subject' | 'subjectId' | 'reasons' | 'matches' | 'listVersion' | 'openedBy'
  >,
): Uuid {
  const open = openReviewOf(batch.gates, asked.subjectId);
  if (open) return open.id;
  const review: Review = {
    ...asked,
    id: batch.newId(),
    status: 'OPEN',
    version: 1,
    assignedTo: null,
    decidedBy: null,
    note: null,
    openedAt: batch.now,
    decidedAt: null,
  };
  putReview(batch.gates, batch.newId(), 'ReviewOpened', review);
  return review.id;
}
