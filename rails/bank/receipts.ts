import { arrayOf } from '../../platform/arrays.ts';
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
  readonly version: number;
  readonly settledVersion: number;
}

const LOCK_RECEIPTS = statement(
  'bank.lock_receipts',
  `select id, organization_id as "organizationId", rail, asset, amount as "amountMinor", reference,
          account_id as "accountId", transaction_id as "transactionId", suspense_reason as "suspenseReason", version, settled_version as "settledVersion"
     from bank.receipt where id = any($1::uuid[]) order by id for no key update`,
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
