import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Batch } from '../batch.ts';
import { SETTLED } from '../results.ts';
import { followTransaction, isPayable, refuseItem } from './payoutsInBatch.ts';

/**
 * Pays an item once, however often it is asked: the item is locked and says whether it still waits. What is refused
 * ends the item and none of its neighbours.
 *
 * @param pay decides the Transaction, whose id is the item's
 */
export function decidePayoutItem(batch: Batch, itemId: Uuid, pay: () => StoredResult): StoredResult {
  if (!isPayable(batch.payouts, itemId)) return SETTLED;
  const result = pay();
  if (result.type === 'Transaction') followPayout(batch, itemId);
  else refuseItem(batch.payouts, itemId, result);
  return result;
}

/** Takes the item of a Transaction, if it pays one, to where the Transaction is. */
export function followPayout(batch: Batch, transactionId: Uuid): void {
  const transaction = batch.transactions.get(transactionId);
  if (transaction) followTransaction(batch.payouts, transaction.id, transaction.status);
}
