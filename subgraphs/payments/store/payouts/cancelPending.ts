import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { PayoutBatch } from '../../domain/payouts/payoutBatch.ts';
import { BATCH_COLUMNS, type BatchRow, batchOf } from './columns.ts';

const LOCK_BATCH = statement(
  'payments.lock_payout_batch',
  `select ${BATCH_COLUMNS} from payments.payout_batch batch
    where batch.id = $1 and batch.organization_id = $2 for no key update`,
);

/** Index payout_item_status. */
const CANCEL_PENDING = statement(
  'payments.cancel_pending_payouts',
  `with updated as (
     update payments.payout_item item set status = 'CANCELED', sealed = null, updated_at = $2
      where item.batch_id = $1 and item.status = 'PENDING'
     returning 1)
   select count(*) as count from updated`,
);

/** Locks a PayoutBatch until the end of the tx: none of its items changes meanwhile. Null for one that is not there. */
export async function lockPayoutBatch(tx: Tx, organizationId: Uuid, id: Uuid): Promise<PayoutBatch | null> {
  const [row] = await tx.rows<BatchRow>(LOCK_BATCH, [id, organizationId]);
  return row ? batchOf(row) : null;
}

/** Cancels what waits of a locked PayoutBatch. @throws {InvariantError} when it is not what the batch counts */
export async function cancelPending(tx: Tx, batch: PayoutBatch, now: Date): Promise<void> {
  const [canceled] = await tx.rows<{ count: bigint }>(CANCEL_PENDING, [batch.id, now.toISOString()]);
  const expected = batch.tallies.PENDING.count;
  invariant(canceled?.count === BigInt(expected), `${canceled?.count} of ${expected} items canceled`);
}
