import { arrayOf, arrayOfBytes, arrayOfText } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { PayoutBatch } from '../../domain/payouts/payoutBatch.ts';
import type { NewPayoutItem } from '../../domain/payouts/payoutItem.ts';

export const PAYOUT_EXTERNAL_ID_KEY = 'payout_batch_external_id_key';

/** What the worker listens to. */
export const PAYOUTS_CHANNEL = 'omsx_payouts';

const FIND_EXTERNAL_ID = statement(
  'payments.find_payout_batch_external_id',
  `select batch.id from payments.payout_batch batch where batch.organization_id = $1 and batch.external_id = $2`,
);

const INSERT_BATCH = statement(
  'payments.insert_payout_batch',
  `insert into payments.payout_batch (id, organization_id, status, version, source_account_id, source_is_wallet,
     asset, created_by, description, external_id, pending_count, processing_count, completed_count, failed_count,
     canceled_count, pending_amount, processing_amount, completed_amount, failed_amount, canceled_amount,
     created_at, updated_at, ended_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, $12, 0, 0, 0, 0, $13, $13, null)`,
);

const INSERT_ITEMS = statement(
  'payments.insert_payout_items',
  `with inserted as (
     insert into payments.payout_item (batch_id, organization_id, status, updated_at, number, id,
       destination_account_id, destination_is_wallet, destination_address, amount, description, external_id,
       metadata, destination_external_account_id, rail, payout, sealed)
     select $1, $2, 'PENDING', $3, item.*
       from unnest($4::int[], $5::uuid[], $6::uuid[], $7::boolean[], $8::text[], $9::numeric[], $10::text[],
                   $11::text[], $12::jsonb[], $13::uuid[], $14::text[], $15::jsonb[], $16::bytea[])
            as item(number, id, destination_account_id, destination_is_wallet, destination_address, amount,
                    description, external_id, metadata, destination_external_account_id, rail, payout, sealed)
     returning 1)
   select count(*) as count, pg_notify('${PAYOUTS_CHANNEL}', '') as told from inserted`,
);

/** The batch that has this externalId, if any. */
export async function findPayoutExternalId(
  tx: Tx,
  organizationId: Uuid,
  externalId: string,
): Promise<Uuid | null> {
  const [found] = await tx.rows<{ id: Uuid }>(FIND_EXTERNAL_ID, [organizationId, externalId]);
  return found?.id ?? null;
}

/**
 * Writes a new PayoutBatch with its items, and wakes whoever pays them. Retry only with the whole tx.
 *
 * @throws a unique violation of `PAYOUT_EXTERNAL_ID_KEY` when another process took the externalId meanwhile
 */
export async function insertPayoutBatch(
  tx: Tx,
  batch: PayoutBatch,
  items: readonly NewPayoutItem[],
): Promise<void> {
  const { PENDING } = batch.tallies;
  const createdAt = batch.createdAt.toISOString();
  const [, [written]] = await Promise.all([
    tx.rows(INSERT_BATCH, [
      batch.id,
      batch.organizationId,
      batch.status,
      batch.version,
      batch.sourceAccountId,
      batch.sourceIsWallet,
      batch.asset,
      batch.createdBy,
      batch.description,
      batch.externalId,
      PENDING.count,
      PENDING.amountMinor,
      createdAt,
    ]),
    tx.rows<{ count: bigint }>(INSERT_ITEMS, [
      batch.id,
      batch.organizationId,
      createdAt,
      arrayOf(items, ({ number }) => number),
      arrayOf(items, ({ id }) => id),
      arrayOf(items, ({ destinationAccountId }) => destinationAccountId),
      arrayOf(items, ({ destinationIsWallet }) => String(destinationIsWallet)),
      arrayOf(items, ({ destinationAddress }) => destinationAddress),
      arrayOf(items, ({ amountMinor }) => amountMinor),
      arrayOfText(items, ({ description }) => description),
      arrayOfText(items, ({ externalId }) => externalId),
      arrayOfText(items, ({ metadata }) => JSON.stringify(metadata)),
      arrayOf(items, ({ destinationExternalAccountId }) => destinationExternalAccountId),
      arrayOf(items, ({ rail }) => rail),
      arrayOfText(items, ({ payout }) => (payout === null ? null : JSON.stringify(payout))),
      arrayOfBytes(items, ({ sealed }) => sealed),
    ]),
  ]);
  invariant(written?.count === BigInt(items.length), `${written?.count} of ${items.length} items inserted`);
}
