import { arrayOf, arrayOfDates } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { BankRailName } from '../port.ts';
import type { SuspenseReason } from './inbox/attributeArrival.ts';

/** Money that has arrived at a bank, as whoever settles it sees it under lock. */
export interface ReceiptRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  /** Minor units, greater than zero. */
  readonly amountMinor: bigint;
  readonly reference: string;
  /** Whom it is for; null until that is known. */
  readonly accountId: Uuid | null;
  readonly transactionId: Uuid | null;
  /** Why it is in suspense, or was; null for what went where it belongs. */
  readonly suspenseReason: SuspenseReason | null;
  /** What it becomes when it is credited; null where it stays as it is. */
  readonly convertsTo: string | null;
  /** Of the virtual account that it came in at: who earns a share of the conversion. */
  readonly feeAccountId: Uuid | null;
  readonly feePartsPerMillion: bigint | null;
  /** Since when it waits for a rate. */
  readonly rateWaitSince: Date | null;
  readonly version: number;
  readonly settledVersion: number;
}

const LOCK_RECEIPTS = statement(
  'bank.lock_receipts',
  `select receipt.id, receipt.organization_id as "organizationId", receipt.rail, receipt.asset,
          receipt.amount as "amountMinor", receipt.reference, receipt.account_id as "accountId",
          receipt.transaction_id as "transactionId", receipt.suspense_reason as "suspenseReason",
          receipt.converts_to as "convertsTo", place.fee_account_id as "feeAccountId",
          place.fee_parts_per_million::bigint as "feePartsPerMillion", receipt.rate_wait_since as "rateWaitSince",
          receipt.version, receipt.settled_version as "settledVersion"
     from bank.receipt receipt left join bank.virtual_account place on place.id = receipt.virtual_account_id
    where receipt.id = any($1::uuid[]) order by receipt.id for no key update of receipt`,
);

/** Locks receipts until the end of the tx and reads them; after orders, before Transactions. Role omsx_payments_writer. */
export async function lockReceipts(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ReceiptRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<ReceiptRow>(LOCK_RECEIPTS, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const SETTLE_RECEIPTS = statement(
  'bank.settle_receipts',
  `with settled as (
     update bank.receipt receipt
        set account_id = done.account_id, transaction_id = done.transaction_id, version = done.version,
            settled_version = done.version, suspense_reason = done.suspense_reason, updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::int[], $6::text[])
            as done(id, from_version, account_id, transaction_id, version, suspense_reason)
      where receipt.id = done.id and receipt.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** Says what the books made of receipts. @param done each with the version that the books knew of before */
export async function settleReceipts(
  tx: Tx,
  done: readonly { readonly row: ReceiptRow; readonly fromVersion: number }[],
): Promise<void> {
  if (done.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(SETTLE_RECEIPTS, [
    arrayOf(done, ({ row }) => row.id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ row }) => row.accountId),
    arrayOf(done, ({ row }) => row.transactionId),
    arrayOf(done, ({ row }) => row.version),
    arrayOf(done, ({ row }) => row.suspenseReason),
  ]);
  invariant(written?.count === BigInt(done.length), `${written?.count} of ${done.length} receipts settled`);
}

/** A receipt that could not be converted for want of a rate. */
export interface RateWait {
  readonly id: Uuid;
  readonly since: Date;
  /** When the next try is. */
  readonly nextAt: Date;
}

const WRITE_RATE_WAITS = statement(
  'bank.write_rate_waits',
  `with waiting as (
     update bank.receipt receipt set rate_wait_since = wait.since, rate_next_at = wait.next_at
       from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as wait(id, since, next_at)
      where receipt.id = wait.id and receipt.settled_version < receipt.version
     returning 1)
   select count(*) as count from waiting`,
);

/** Says that locked receipts wait for a rate, and until when. Retry only with the whole tx. */
export async function writeRateWaits(tx: Tx, waits: readonly RateWait[]): Promise<void> {
  if (waits.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(WRITE_RATE_WAITS, [
    arrayOf(waits, ({ id }) => id),
    arrayOfDates(waits, ({ since }) => since),
    arrayOfDates(waits, ({ nextAt }) => nextAt),
  ]);
  invariant(written?.count === BigInt(waits.length), `${written?.count} of ${waits.length} receipts wait`);
}
