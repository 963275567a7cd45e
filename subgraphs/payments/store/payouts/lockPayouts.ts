import { preferIndexes } from '../../../../ledger/state.ts';
import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { PayoutItem } from '../../domain/payouts/payoutItem.ts';
import type { PayoutFacts } from '../../domain/payouts/payoutsInBatch.ts';
import { BATCH_COLUMNS, type BatchRow, batchesById, ITEM_COLUMNS } from './columns.ts';

/** Index payout_item_id_key. */
const LOCK_BATCHES = statement(
  'payments.lock_payout_batches',
  `select ${BATCH_COLUMNS} from payments.payout_batch batch
    where batch.id = any(array(select distinct item.batch_id from payments.payout_item item
      where item.id = any($1::uuid[])))
    order by batch.id for no key update`,
);

const READ_ITEMS = statement(
  'payments.read_payout_items',
  `select ${ITEM_COLUMNS} from payments.payout_item item
     join payments.payout_batch batch on batch.id = item.batch_id
    where item.id = any($1::uuid[])`,
);

/**
 * Locks the PayoutBatches of items and reads the items, in one trip; items change under the lock of their batch only.
 * Batches are locked after Transactions and before Accounts, in order of id. Ids of Transactions that pay no item are
 * nothing.
 *
 * @param itemIds which are the ids of Transactions, too
 */
export async function lockPayouts(tx: Tx, itemIds: readonly Uuid[]): Promise<PayoutFacts | undefined> {
  if (itemIds.length === 0) return undefined;
  const ids = arrayOf(itemIds, (id) => id);
  const [, batches, items] = await Promise.all([
    preferIndexes(tx),
    tx.rows<BatchRow>(LOCK_BATCHES, [ids]),
    tx.rows<PayoutItem>(READ_ITEMS, [ids]),
  ]);
  return { batches: batchesById(batches), items: new Map(items.map((item) => [item.id, item])) };
}
