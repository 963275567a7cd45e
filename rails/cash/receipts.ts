import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { CashOrderState } from './orderStates.ts';

/** Why money that was paid in is in suspense. */
export type CashReceiptReason =
  | 'UNKNOWN_CODE'
  | 'ALREADY_PAID'
  | 'NOT_OPEN'
  | 'LATE'
  | 'AMOUNT_DIFFERS'
  | 'ACCOUNT_CLOSED';

/** Cash that was paid in, as whoever settles it sees it under lock. */
export interface CashReceiptRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly network: string;
  readonly asset: string;
  /** Minor units, greater than zero. */
  readonly amountMinor: bigint;
  /** The code that it was paid by; null, as what follows, for one that we never asked for. */
  readonly orderId: Uuid | null;
  readonly cashInId: Uuid | null;
  /** What that code was when the network told of the payment. */
  readonly codeState: CashOrderState | null;
  readonly codeExpiresAt: Date | null;
  readonly paidAt: Date;
  readonly reason: CashReceiptReason | null;
  readonly accountId: Uuid | null;
  readonly transactionId: Uuid | null;
  readonly version: number;
  readonly settledVersion: number;
}

const LOCK_RECEIPTS = statement(
  'cash.lock_receipts',
  `select id, organization_id as "organizationId", network, asset, amount as "amountMinor", order_id as "orderId",
          cash_in_id as "cashInId", code_state as "codeState", code_expires_at as "codeExpiresAt", paid_at as "paidAt",
          reason, account_id as "accountId", transaction_id as "transactionId", version,
          settled_version as "settledVersion"
     from cash.receipt where id = any($1::uuid[]) order by id for no key update`,
);

/** Locks receipts until the end of the tx and reads them; before CashIns and orders. Role omsx_payments_writer. */
export async function lockCashReceipts(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, CashReceiptRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<CashReceiptRow>(LOCK_RECEIPTS, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const SETTLE_RECEIPTS = statement(
  'cash.settle_receipts',
  `with settled as (
     update cash.receipt receipt
        set reason = done.reason, account_id = done.account_id, transaction_id = done.transaction_id,
            version = done.version, settled_version = done.version, updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::uuid[], $6::int[])
            as done(id, from_version, reason, account_id, transaction_id, version)
      where receipt.id = done.id and receipt.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** Says what the books made of receipts. @param done each with the version that the books knew of before */
export async function settleCashReceipts(
  tx: Tx,
  done: readonly { readonly row: CashReceiptRow; readonly fromVersion: number }[],
): Promise<void> {
  if (done.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(SETTLE_RECEIPTS, [
    arrayOf(done, ({ row }) => row.id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ row }) => row.reason),
    arrayOf(done, ({ row }) => row.accountId),
    arrayOf(done, ({ row }) => row.transactionId),
    arrayOf(done, ({ row }) => row.version),
  ]);
  invariant(
    written?.count === BigInt(done.length),
    `${written?.count} of ${done.length} cash receipts settled`,
  );
}
