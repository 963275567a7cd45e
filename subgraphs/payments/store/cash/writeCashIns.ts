import { arrayOf, arrayOfDates, arrayOfText } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { CashIn } from '../../domain/cash/cashIn.ts';
import type { AskedExternalId, TakenExternalId } from '../findExternalIds.ts';
import { CASH_IN_COLUMNS } from './columns.ts';

/** What two processes at once may both try to take. */
export const CASH_IN_EXTERNAL_ID_KEY = 'cash_in_external_id_key';

const LOCK_CASH_INS = statement(
  'payments.lock_cash_ins',
  `select ${CASH_IN_COLUMNS} from payments.cash_in cash_in
    where cash_in.id = any($1::uuid[]) order by cash_in.id for no key update`,
);

/** Locks CashIns until the end of the tx and reads them; after receipts of cash and before their orders. */
export async function lockCashIns(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, CashIn>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<CashIn>(LOCK_CASH_INS, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const FIND_EXTERNAL_IDS = statement(
  'payments.find_cash_in_external_ids',
  `select cash_in.organization_id as "organizationId", cash_in.external_id as "externalId", cash_in.id
     from unnest($1::uuid[], $2::text[]) as asked(organization_id, external_id)
     join payments.cash_in using (organization_id, external_id)`,
);

/** Those that a committed CashIn has; the unique constraint decides between two at once. */
export async function findCashInExternalIds(
  tx: Tx,
  asked: readonly AskedExternalId[],
): Promise<readonly TakenExternalId[]> {
  if (asked.length === 0) return [];
  return tx.rows<TakenExternalId>(FIND_EXTERNAL_IDS, [
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOfText(asked, ({ externalId }) => externalId),
  ]);
}

const INSERT_CASH_INS = statement(
  'payments.insert_cash_ins',
  `with inserted as (
     insert into payments.cash_in (id, organization_id, customer_id, account_id, account_is_wallet, network, asset,
       amount, fee_amount, fee_flat, fee_parts_per_million, fees_account_id, status, version, order_id, refreshes,
       expires_at, description, external_id, metadata, created_at, updated_at)
     select id, organization_id, customer_id, account_id, account_is_wallet, network, asset, amount, fee_amount,
            fee_flat, fee_parts_per_million, fees_account_id, status, version, order_id, refreshes, expires_at,
            description, external_id, metadata::jsonb, created_at, created_at
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[], $6::text[], $7::text[],
                   $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::uuid[], $13::text[], $14::int[],
                   $15::uuid[], $16::int[], $17::timestamptz[], $18::text[], $19::text[], $20::text[],
                   $21::timestamptz[])
            as wish(id, organization_id, customer_id, account_id, account_is_wallet, network, asset, amount,
                    fee_amount, fee_flat, fee_parts_per_million, fees_account_id, status, version, order_id,
                    refreshes, expires_at, description, external_id, metadata, created_at)
      order by id
     returning 1)
   select count(*) as count from inserted`,
);

/** Writes new CashIns. Retry only with the whole tx. */
export async function insertCashIns(tx: Tx, made: readonly CashIn[]): Promise<void> {
  if (made.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(INSERT_CASH_INS, [
    arrayOf(made, ({ id }) => id),
    arrayOf(made, ({ organizationId }) => organizationId),
    arrayOf(made, ({ customerId }) => customerId),
    arrayOf(made, ({ accountId }) => accountId),
    arrayOf(made, ({ accountIsWallet }) => String(accountIsWallet)),
    arrayOf(made, ({ network }) => network),
    arrayOf(made, ({ asset }) => asset),
    arrayOf(made, ({ amountMinor }) => amountMinor),
    arrayOf(made, ({ feeMinor }) => feeMinor),
    arrayOf(made, ({ feeFlatMinor }) => feeFlatMinor),
    arrayOf(made, ({ feePartsPerMillion }) => feePartsPerMillion),
    arrayOf(made, ({ feesAccountId }) => feesAccountId),
    arrayOf(made, ({ status }) => status),
    arrayOf(made, ({ version }) => version),
    arrayOf(made, ({ orderId }) => orderId),
    arrayOf(made, ({ refreshes }) => refreshes),
    arrayOfDates(made, ({ expiresAt }) => expiresAt),
    arrayOfText(made, ({ description }) => description),
    arrayOfText(made, ({ externalId }) => externalId),
    arrayOfText(made, ({ metadata }) => JSON.stringify(metadata)),
    arrayOfDates(made, ({ createdAt }) => createdAt),
  ]);
  invariant(written?.count === BigInt(made.length), `${written?.count} of ${made.length} cash-ins made`);
}

/** What is paid, canceled or failed does not change any more: the second lock on the door. */
const UPDATE_CASH_INS = statement(
  'payments.update_cash_ins',
  `with updated as (
     update payments.cash_in cash_in
        set status = changed.status, version = changed.version, order_id = changed.order_id,
            refreshes = changed.refreshes, is_refreshing = changed.is_refreshing, cancel_asked = changed.cancel_asked,
            expires_at = changed.expires_at, transaction_id = changed.transaction_id,
            failure_code = changed.failure_code, updated_at = changed.updated_at
       from unnest($1::uuid[], $2::text[], $3::int[], $4::uuid[], $5::int[], $6::boolean[], $7::boolean[],
                   $8::timestamptz[], $9::uuid[], $10::text[], $11::timestamptz[])
            as changed(id, status, version, order_id, refreshes, is_refreshing, cancel_asked, expires_at,
                       transaction_id, failure_code, updated_at)
      where cash_in.id = changed.id and cash_in.status in ('PENDING', 'OPEN', 'EXPIRED')
        and cash_in.version <= changed.version
     returning 1)
   select count(*) as count from updated`,
);

/** Writes what became of CashIns. Retry only with the whole tx. */
export async function updateCashIns(tx: Tx, changed: readonly CashIn[]): Promise<void> {
  if (changed.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(UPDATE_CASH_INS, [
    arrayOf(changed, ({ id }) => id),
    arrayOf(changed, ({ status }) => status),
    arrayOf(changed, ({ version }) => version),
    arrayOf(changed, ({ orderId }) => orderId),
    arrayOf(changed, ({ refreshes }) => refreshes),
    arrayOf(changed, ({ isRefreshing }) => String(isRefreshing)),
    arrayOf(changed, ({ isCancelAsked }) => String(isCancelAsked)),
    arrayOfDates(changed, ({ expiresAt }) => expiresAt),
    arrayOf(changed, ({ transactionId }) => transactionId),
    arrayOfText(changed, ({ failureCode }) => failureCode),
    arrayOfDates(changed, ({ updatedAt }) => updatedAt),
  ]);
  invariant(
    written?.count === BigInt(changed.length),
    `${written?.count} of ${changed.length} cash-ins changed`,
  );
}
