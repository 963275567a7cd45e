import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { BankRailName } from '../../port.ts';

/**
 * OPEN: not explained. MATCHED: a Booking of ours. FEE, SUSPENSE, IGNORED: somebody decided so. ASSIGNED: it was in
 * SUSPENSE, and somebody said whose it is.
 */
export type LineState = 'OPEN' | 'MATCHED' | 'FEE' | 'SUSPENSE' | 'ASSIGNED' | 'IGNORED';

/** A line of a bank's statement as whoever settles it sees it under lock. Signed minor units. */
export interface LineRow {
  readonly id: Uuid;
  readonly organizationId: Uuid | null;
  readonly adapter: string;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly state: LineState;
  readonly orderId: Uuid | null;
  readonly receiptId: Uuid | null;
  /** Of the Booking that it is, as is its amount; null where it is none. */
  readonly rail: BankRailName | null;
  readonly bookedMinor: bigint | null;
  /** What took it out of SUSPENSE, and the ApiKey or Member that said so; null for what was not in there or still is. */
  readonly assignedTransactionId: Uuid | null;
  readonly takenOutBy: string | null;
  readonly version: number;
  readonly settledVersion: number;
}

const LOCK_LINES = statement(
  'bank.lock_lines',
  `select id, organization_id as "organizationId", adapter, asset, amount as "amountMinor", state, order_id as "orderId",
          receipt_id as "receiptId", rail, booked_amount as "bookedMinor",
          assigned_transaction_id as "assignedTransactionId", taken_out_by as "takenOutBy", version, settled_version as "settledVersion"
     from bank.statement_line where id = any($1::uuid[]) order by id for no key update`,
);

/** Locks lines until the end of the tx and reads them; after receipts, before items. Role omsx_payments_writer. */
export async function lockLines(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, LineRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<LineRow>(LOCK_LINES, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const SETTLE_LINES = statement(
  'bank.settle_lines',
  `with settled as (
     update bank.statement_line line
        set state = done.state, order_id = done.order_id, receipt_id = done.receipt_id, rail = done.rail,
            booked_amount = done.booked_amount, version = done.version, settled_version = done.version,
            assigned_transaction_id = done.assigned_transaction_id, taken_out_by = done.taken_out_by,
            updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::numeric[], $8::int[],
                   $9::uuid[], $10::text[])
            as done(id, from_version, state, order_id, receipt_id, rail, booked_amount, version, assigned_transaction_id,
                    taken_out_by)
      where line.id = done.id and line.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** Says what the books made of lines. @param done each with the version that the books knew of before */
export async function settleLines(
  tx: Tx,
  done: readonly { readonly row: LineRow; readonly fromVersion: number }[],
): Promise<void> {
  if (done.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(SETTLE_LINES, [
    arrayOf(done, ({ row }) => row.id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ row }) => row.state),
    arrayOf(done, ({ row }) => row.orderId),
    arrayOf(done, ({ row }) => row.receiptId),
    arrayOfText(done, ({ row }) => row.rail),
    arrayOf(done, ({ row }) => row.bookedMinor),
    arrayOf(done, ({ row }) => row.version),
    arrayOf(done, ({ row }) => row.assignedTransactionId),
    arrayOfText(done, ({ row }) => row.takenOutBy),
  ]);
  invariant(written?.count === BigInt(done.length), `${written?.count} of ${done.length} lines settled`);
}
