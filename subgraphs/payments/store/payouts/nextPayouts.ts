import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { PayoutItem } from '../../domain/payouts/payoutItem.ts';
import { ITEM_COLUMNS } from './columns.ts';

/** An item that waits, with what its batch says of the source. */
export interface WaitingPayout extends PayoutItem {
  readonly sourceAccountId: Uuid;
  readonly sourceIsWallet: boolean;
}

/**
 * Indexes payout_batch_pending and payout_item_status. The batch that moved last comes last, so that a small one does
 * not wait for a large one.
 */
const NEXT_PAYOUTS = statement(
  'payments.next_payouts',
  `select item.*, batch.source_account_id as "sourceAccountId", batch.source_is_wallet as "sourceIsWallet"
     from (select * from payments.payout_batch batch where batch.pending_count > 0 and batch.status <> 'AWAITING_APPROVAL'
            order by batch.updated_at, batch.id limit $1) batch
    cross join lateral (
      select ${ITEM_COLUMNS} from payments.payout_item item
       where item.batch_id = batch.id and item.status = 'PENDING' and item.id <> all($3::uuid[])
       order by item.number limit $2) item`,
);

/** The next items of several PayoutBatches, of all organizations. Role omsx_payments_writer. Takes no lock. */
export function nextPayouts(
  database: Database,
  limits: { readonly batches: number; readonly itemsOfEach: number },
  exceptIds: readonly Uuid[],
): Promise<readonly WaitingPayout[]> {
  return database.write((tx) =>
    tx.rows<WaitingPayout>(NEXT_PAYOUTS, [
      limits.batches,
      limits.itemsOfEach,
      arrayOf(exceptIds, (id) => id),
    ]),
  );
}
