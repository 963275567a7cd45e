import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { CivilDate } from '../calendar/civilDate.ts';
import { LINE_DECISIONS, type LineView } from '../reconcile/readItems.ts';
import type { Period } from './period.ts';

/** A line for exports: with what it is in our books. */
export interface AccountLine extends LineView {
  readonly transactionId: Uuid | null;
  readonly receiptId: Uuid | null;
}

export interface AccountPeriod extends Period {
  readonly adapter: string;
  readonly asset: string;
}

/** Index statement_line_account. */
const LIST = statement(
  'bank.list_account_lines',
  `select line.id, line.key, line.asset, line.amount as "amountMinor", line.booked_on::text as "bookedOn",
          line.end_to_end_id as "endToEndId", line.counterparty_mask as "counterpartyMask", line.text, line.state,
          coalesce(line.order_id, receipt.transaction_id, line.assigned_transaction_id) as "transactionId",
          line.receipt_id as "receiptId", ${LINE_DECISIONS}
     from bank.statement_line line left join bank.receipt receipt on receipt.id = line.receipt_id
    where line.organization_id = platform.current_organization() and line.adapter = $1 and line.asset = $2
      and line.booked_on <= $4::date and (line.booked_on, line.id) > ($3::date, $5::uuid)
    order by line.booked_on, line.id limit $6`,
);

/** Of a long account as many rows as it had lines before: an export is asked for seldom. */
const SUM_BEFORE = statement(
  'bank.sum_lines_before',
  `select coalesce((select opening from bank.statement
                     where organization_id = platform.current_organization() and adapter = $1 and asset = $2
                     order by closed_on, sequence nulls first, id limit 1), 0)
          + coalesce((select sum(amount) from bank.statement_line
                       where organization_id = platform.current_organization() and adapter = $1 and asset = $2
                         and (booked_on, id) <= ($3::date, $4::uuid)), 0) as sum`,
);

/** A place among the lines of an account, which go by day and id. */
export interface LinePlace {
  readonly on: CivilDate;
  readonly id: Uuid;
}

export interface AccountLines {
  /** Up to `limit`, after `after`. */
  readonly lines: readonly AccountLine[];
  /** What the bank had before the first of them. */
  readonly openingMinor: bigint;
}

/** Lines of a period and the balance before them, in one snapshot. Role omsx_payments. Safe to retry. */
export async function readAccountLines(
  reads: Database,
  organizationId: Uuid,
  { adapter, asset, to }: AccountPeriod,
  after: LinePlace,
  limit: number,
): Promise<AccountLines> {
  return await reads.read(organizationId, async (tx) => {
    const lines = await tx.rows<AccountLine>(LIST, [adapter, asset, after.on, to, after.id, limit]);
    const [before] = await tx.rows<{ readonly sum: bigint }>(SUM_BEFORE, [
      adapter,
      asset,
      after.on,
      after.id,
    ]);
    return { lines, openingMinor: before?.sum ?? 0n };
  });
}

const FIND = statement(
  'bank.find_line',
  `select id, key, asset, amount as "amountMinor", booked_on::text as "bookedOn", end_to_end_id as "endToEndId",
          counterparty_mask as "counterpartyMask", text, state, ${LINE_DECISIONS}
     from bank.statement_line line where id = $1 and organization_id = platform.current_organization()`,
);

/** Null for one that is not this organization's. Role omsx_payments. Safe to retry. */
export async function findLine(reads: Database, organizationId: Uuid, id: Uuid): Promise<LineView | null> {
  const [line] = await reads.readRows<LineView>(organizationId, FIND, [id]);
  return line ?? null;
}
