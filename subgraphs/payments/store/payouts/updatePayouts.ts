import { arrayOf, arrayOfDates, arrayOfText } from '../../../../platform/arrays.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { PayoutFailure, PayoutItem } from '../../domain/payouts/payoutItem.ts';
import type { PayoutBatchChange } from '../../domain/payouts/payoutsInBatch.ts';

/** An item as it is to be written. */
export interface WrittenItem {
  readonly item: PayoutItem;
  /** Set exactly where the status is FAILED. */
  readonly failure: PayoutFailure | null;
}

const UPDATE_ITEMS = statement(
  'payments.update_payout_items',
  `with updated as (
     update payments.payout_item item
        set status = changed.status, failure_code = changed.failure_code,
            failure_message = changed.failure_message, failure_retryable = changed.failure_retryable,
            sealed = null, updated_at = $7
       from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::boolean[])
            as changed(batch_id, number, status, failure_code, failure_message, failure_retryable)
      where item.batch_id = changed.batch_id and item.number = changed.number
     returning 1)
   select count(*) as count from updated`,
);

/** `version` is asked for although the row is locked: the second lock on the door. */
const UPDATE_BATCHES = statement(
  'payments.update_payout_batches',
  `with updated as (
     update payments.payout_batch batch
        set status = changed.status, version = changed.version,
            pending_count = changed.pending_count, processing_count = changed.processing_count,
            completed_count = changed.completed_count, failed_count = changed.failed_count,
            canceled_count = changed.canceled_count, pending_amount = changed.pending_amount,
            processing_amount = changed.processing_amount, completed_amount = changed.completed_amount,
            failed_amount = changed.failed_amount, canceled_amount = changed.canceled_amount,
            updated_at = changed.updated_at, ended_at = changed.ended_at
       from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[],
                   $9::int[], $10::numeric[], $11::numeric[], $12::numeric[], $13::numeric[], $14::numeric[],
                   $15::timestamptz[], $16::timestamptz[])
            as changed(id, old_version, status, version, pending_count, processing_count, completed_count,
                       failed_count, canceled_count, pending_amount, processing_amount, completed_amount,
                       failed_amount, canceled_amount, updated_at, ended_at)
      where batch.id = changed.id and batch.version = changed.old_version
     returning 1)
   select count(*) as count from updated`,
);

/** Writes each item that moved, once. Retry only with the whole tx. @throws {InvariantError} when one is not there */
export async function updatePayoutItems(tx: Tx, written: readonly WrittenItem[], now: Date): Promise<void> {
  if (written.length === 0) return;
  const [updated] = await tx.rows<{ count: bigint }>(UPDATE_ITEMS, [
    arrayOf(written, ({ item }) => item.batchId),
    arrayOf(written, ({ item }) => item.number),
    arrayOf(written, ({ item }) => item.status),
    arrayOfText(written, ({ failure }) => failure?.code ?? null),
    arrayOfText(written, ({ failure }) => failure?.message ?? null),
    arrayOf(written, ({ failure }) => (failure === null ? null : String(failure.retryable))),
    now.toISOString(),
  ]);
  invariant(
    updated?.count === BigInt(written.length),
    `${updated?.count} of ${written.length} items updated`,
  );
}

/** Writes each changed PayoutBatch once. Retry only with the whole tx. @throws {InvariantError} when one has moved on */
export async function updatePayoutBatches(tx: Tx, changes: readonly PayoutBatchChange[]): Promise<void> {
  if (changes.length === 0) return;
  const [updated] = await tx.rows<{ count: bigint }>(UPDATE_BATCHES, [
    arrayOf(changes, ({ before }) => before.id),
    arrayOf(changes, ({ before }) => before.version),
    arrayOf(changes, ({ after }) => after.status),
    arrayOf(changes, ({ after }) => after.version),
    arrayOf(changes, ({ after }) => after.tallies.PENDING.count),
    arrayOf(changes, ({ after }) => after.tallies.PROCESSING.count),
    arrayOf(changes, ({ after }) => after.tallies.COMPLETED.count),
    arrayOf(changes, ({ after }) => after.tallies.FAILED.count),
    arrayOf(changes, ({ after }) => after.tallies.CANCELED.count),
    arrayOf(changes, ({ after }) => after.tallies.PENDING.amountMinor),
    arrayOf(changes, ({ after }) => after.tallies.PROCESSING.amountMinor),
    arrayOf(changes, ({ after }) => after.tallies.COMPLETED.amountMinor),
    arrayOf(changes, ({ after }) => after.tallies.FAILED.amountMinor),
    arrayOf(changes, ({ after }) => after.tallies.CANCELED.amountMinor),
    arrayOfDates(changes, ({ after }) => after.updatedAt),
    arrayOfDates(changes, ({ after }) => after.endedAt),
  ]);
  invariant(
    updated?.count === BigInt(changes.length),
    `${updated?.count} of ${changes.length} payout batches updated`,
  );
}
