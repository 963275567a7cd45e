import { arrayOf, arrayOfDates, arrayOfText } from '../../../platform/arrays.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Transaction } from '../domain/transaction.ts';

const INSERT_TRANSACTIONS = statement(
  'payments.insert_transactions',
  `with inserted as (
     insert into payments.transaction (id, organization_id, type, status, finality, capture_method, version,
       source_rail, source_account_id, source_is_wallet, source_customer_id, source_asset, source_amount,
       destination_rail, destination_account_id, destination_is_wallet, destination_customer_id,
       destination_asset, destination_amount, captured_amount, refunded_amount, hold_id, hold_expires_at,
       refund_of, failure_code, description, external_id, metadata, created_at, updated_at, completed_at,
       quote_id, more_hold_ids, destination_external_account_id)
     select id, organization_id, type, status, finality, capture_method, version, source_rail, source_account_id,
            source_is_wallet, source_customer_id, source_asset, source_amount, destination_rail,
            destination_account_id, destination_is_wallet, destination_customer_id, destination_asset,
            destination_amount, captured_amount, refunded_amount, hold_id, hold_expires_at, refund_of, failure_code,
            description, external_id, metadata, created_at, updated_at, completed_at, quote_id, more_hold_ids::uuid[],
            destination_external_account_id
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[],
       $8::text[], $9::uuid[], $10::boolean[], $11::uuid[], $12::text[], $13::numeric[],
       $14::text[], $15::uuid[], $16::boolean[], $17::uuid[],
       $18::text[], $19::numeric[], $20::numeric[], $21::numeric[], $22::uuid[], $23::timestamptz[],
       $24::uuid[], $25::text[], $26::text[], $27::text[], $28::jsonb[], $29::timestamptz[],
       $30::timestamptz[], $31::timestamptz[], $32::uuid[], $33::text[], $34::uuid[])
            as made(id, organization_id, type, status, finality, capture_method, version, source_rail,
                    source_account_id, source_is_wallet, source_customer_id, source_asset, source_amount,
                    destination_rail, destination_account_id, destination_is_wallet, destination_customer_id,
                    destination_asset, destination_amount, captured_amount, refunded_amount, hold_id,
                    hold_expires_at, refund_of, failure_code, description, external_id, metadata, created_at,
                    updated_at, completed_at, quote_id, more_hold_ids, destination_external_account_id)
     returning 1)
   select count(*) as count from inserted`,
);

/**
 * Writes new Transactions as they are at the end of the batch. Retry only with the whole tx.
 *
 * @throws a unique violation of `EXTERNAL_ID_KEY` when another process took an externalId meanwhile
 */
export async function insertTransactions(tx: Tx, made: readonly Transaction[]): Promise<void> {
  if (made.length === 0) return;
  const [written] = await tx.rows<{ count: bigint }>(INSERT_TRANSACTIONS, [
    arrayOf(made, (transaction) => transaction.id),
    arrayOf(made, (transaction) => transaction.organizationId),
    arrayOf(made, (transaction) => transaction.type),
    arrayOf(made, (transaction) => transaction.status),
    arrayOf(made, (transaction) => transaction.finality),
    arrayOf(made, (transaction) => transaction.captureMethod),
    arrayOf(made, (transaction) => transaction.version),
    arrayOf(made, (transaction) => transaction.sourceRail),
    arrayOf(made, (transaction) => transaction.sourceAccountId),
    arrayOf(made, (transaction) => String(transaction.sourceIsWallet)),
    arrayOf(made, (transaction) => transaction.sourceCustomerId),
    arrayOf(made, (transaction) => transaction.sourceAsset),
    arrayOf(made, (transaction) => transaction.sourceAmountMinor),
    arrayOf(made, (transaction) => transaction.destinationRail),
    arrayOf(made, (transaction) => transaction.destinationAccountId),
    arrayOf(made, (transaction) => String(transaction.destinationIsWallet)),
    arrayOf(made, (transaction) => transaction.destinationCustomerId),
    arrayOf(made, (transaction) => transaction.destinationAsset),
    arrayOf(made, (transaction) => transaction.destinationAmountMinor),
    arrayOf(made, (transaction) => transaction.capturedAmountMinor),
    arrayOf(made, (transaction) => transaction.refundedAmountMinor),
    arrayOf(made, (transaction) => transaction.holdId),
    arrayOfDates(made, (transaction) => transaction.holdExpiresAt),
    arrayOf(made, (transaction) => transaction.refundOf),
    arrayOf(made, (transaction) => transaction.failureCode),
    arrayOfText(made, (transaction) => transaction.description),
    arrayOfText(made, (transaction) => transaction.externalId),
    arrayOfText(made, (transaction) => JSON.stringify(transaction.metadata)),
    arrayOfDates(made, (transaction) => transaction.createdAt),
    arrayOfDates(made, (transaction) => transaction.updatedAt),
    arrayOfDates(made, (transaction) => transaction.completedAt),
    arrayOf(made, (transaction) => transaction.quoteId),
    // As text, because unnest would flatten a two-dimensional array.
    arrayOfText(made, ({ moreHoldIds }) => arrayOf(moreHoldIds, (id) => id)),
    arrayOf(made, (transaction) => transaction.destinationExternalAccountId),
  ]);
  invariant(
    written?.count === BigInt(made.length),
    `${written?.count} of ${made.length} transactions inserted`,
  );
}
