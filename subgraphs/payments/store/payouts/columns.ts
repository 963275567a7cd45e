import type { Uuid } from '../../../../platform/id.ts';
import type { PayoutBatch, Tally } from '../../domain/payouts/payoutBatch.ts';

/** Select list for a table named or aliased `batch`; `batchOf` makes the domain's form of a row. */
export const BATCH_COLUMNS = `batch.id, batch.organization_id as "organizationId", batch.status, batch.version,
  batch.source_account_id as "sourceAccountId", batch.source_is_wallet as "sourceIsWallet", batch.asset,
  batch.created_by as "createdBy", batch.description, batch.external_id as "externalId",
  batch.pending_count as "pendingCount", batch.processing_count as "processingCount",
  batch.completed_count as "completedCount", batch.failed_count as "failedCount",
  batch.canceled_count as "canceledCount", batch.pending_amount as "pendingAmount",
  batch.processing_amount as "processingAmount", batch.completed_amount as "completedAmount",
  batch.failed_amount as "failedAmount", batch.canceled_amount as "canceledAmount",
  batch.created_at as "createdAt", batch.updated_at as "updatedAt", batch.ended_at as "endedAt"`;

/** Select list that yields a domain `PayoutItem`, for `item` joined with its `batch`. */
export const ITEM_COLUMNS = `item.batch_id as "batchId", item.number, item.id,
  item.organization_id as "organizationId", item.status, item.destination_account_id as "destinationAccountId",
  item.destination_is_wallet as "destinationIsWallet", item.destination_address as "destinationAddress",
  item.destination_external_account_id as "destinationExternalAccountId", item.rail, item.payout,
  item.amount as "amountMinor", batch.asset, item.description, item.external_id as "externalId", item.metadata,
  item.failure_code as "failureCode", item.failure_message as "failureMessage",
  item.failure_retryable as "failureRetryable", item.updated_at as "updatedAt"`;

type Counted = 'pending' | 'processing' | 'completed' | 'failed' | 'canceled';

/** A row of `BATCH_COLUMNS`. */
export type BatchRow = Omit<PayoutBatch, 'tallies'> &
  Readonly<Record<`${Counted}Count`, number>> &
  Readonly<Record<`${Counted}Amount`, bigint>>;

export function batchOf(row: BatchRow): PayoutBatch {
  const {
    pendingCount,
    processingCount,
    completedCount,
    failedCount,
    canceledCount,
    pendingAmount,
    processingAmount,
    completedAmount,
    failedAmount,
    canceledAmount,
    ...rest
  } = row;
  const tally = (count: number, amountMinor: bigint): Tally => ({ count, amountMinor });
  return {
    ...rest,
    tallies: {
      PENDING: tally(pendingCount, pendingAmount),
      PROCESSING: tally(processingCount, processingAmount),
      COMPLETED: tally(completedCount, completedAmount),
      FAILED: tally(failedCount, failedAmount),
      CANCELED: tally(canceledCount, canceledAmount),
    },
  };
}

/** By id. */
export function batchesById(rows: readonly BatchRow[]): ReadonlyMap<Uuid, PayoutBatch> {
  return new Map(rows.map((row) => [row.id, batchOf(row)]));
}
