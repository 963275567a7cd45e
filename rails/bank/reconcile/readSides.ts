import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import { isUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { WINDOW_DAYS } from './planMatches.ts';
import { readBookings } from './readBookings.ts';
import type { OurBooking, Sides, TheirLine } from './sides.ts';

/** Ids, or lines without one, of a page. */
export const PAGE_SIZE_MAX = 200;
/**
 * Lines of one account that share an id, or an amount where they have none: more are looked at once those before them are
 * explained. For each account by itself, so that none keeps another's from being seen.
 */
const ALIKE_LINES_MAX = 20;
/** Bookings of one amount; among more of them no line without an id could be told apart anyway. */
const ALIKE_MAX = 50;

const NEXT_IDS = statement(
  'bank.reconcile_next_ids',
  `select end_to_end_id as id, array_agg(distinct adapter) as adapters from bank.statement_line
    where state = 'OPEN' and end_to_end_id > $1 group by end_to_end_id order by end_to_end_id limit $2`,
);

const LOCK_ORDERS = statement(
  'bank.reconcile_lock_orders',
  'select id from bank.order where id = any($1::uuid[]) order by id for no key update',
);

const FIND_RECEIPTS = statement(
  'bank.reconcile_find_receipts',
  'select id from bank.receipt where adapter = any($1::text[]) and provider_id = any($2::text[])',
);

const LOCK_RECEIPTS = statement(
  'bank.reconcile_lock_receipts',
  'select id from bank.receipt where id = any($1::uuid[]) order by id for no key update',
);

const LINE_COLUMNS = `line.id, line.organization_id as "organizationId", line.adapter, line.asset,
  line.amount as "amountMinor", line.end_to_end_id as "endToEndId", line.booked_on::text as "on",
  line.state = 'OPEN' as "isOpen", line.created_at <= clock_timestamp() - $2::int * interval '1 millisecond' as "isRipe"`;

const LOCK_LINES_OF_IDS = statement(
  'bank.reconcile_lock_lines_of_ids',
  `select ${LINE_COLUMNS} from bank.statement_line line
    where (line.state = 'OPEN' or line.booked_amount is not null) and line.id in (
      select id from (
        select one.id, row_number() over (partition by one.adapter, one.organization_id, one.asset, one.end_to_end_id
                                          order by one.state = 'OPEN', one.id) as place
          from bank.statement_line one
         where one.end_to_end_id = any($1::text[]) and (one.state = 'OPEN' or one.booked_amount is not null)) ranked
       where place <= ${ALIKE_LINES_MAX})
    order by line.id for no key update of line`,
);

const LOCK_LINES_ALIKE = statement(
  'bank.reconcile_lock_lines_alike',
  `select ${LINE_COLUMNS} from bank.statement_line line
    where line.state = 'OPEN' and (line.id = any($1::uuid[]) or line.id in (
      select alike.id
        from (select distinct adapter, organization_id, asset, amount from bank.statement_line
               where id = any($1::uuid[]) and organization_id is not null) asked
       cross join lateral (
         select one.id from bank.statement_line one
          where one.state = 'OPEN' and one.end_to_end_id is null and one.adapter = asked.adapter
            and one.organization_id = asked.organization_id and one.asset = asked.asset and one.amount = asked.amount
          limit ${ALIKE_LINES_MAX}) alike))
    order by line.id for no key update of line`,
);

const OPEN_ITEMS = statement(
  'bank.reconcile_open_items',
  `select id as "itemId", kind as "itemKind", order_id as "itemOrderId", receipt_id as "itemReceiptId", line_id as "lineId"
     from bank.reconciliation_item where closed_at is null and line_id = any($1::uuid[])`,
);

const NEXT_WITHOUT_ID = statement(
  'bank.reconcile_next_without_id',
  `select id from bank.statement_line where state = 'OPEN' and end_to_end_id is null and id > $1 order by id limit $2`,
);

/** Indexes order_paid_unmatched_amount, order_returned_unmatched_amount, receipt_unmatched_amount. */
const FIND_ALIKE = statement(
  'bank.reconcile_find_alike',
  `select distinct found.order_id as "orderId", found.receipt_id as "receiptId"
     from (select adapter, organization_id, asset, amount, min(booked_on) - ${WINDOW_DAYS} as first,
                  max(booked_on) + ${WINDOW_DAYS + 1} as last
             from bank.statement_line where id = any($1::uuid[]) and organization_id is not null
            group by adapter, organization_id, asset, amount) line
    cross join lateral (
      select booking.order_id, booking.receipt_id from bank.booking
       where booking.adapter = line.adapter and booking.organization_id = line.organization_id
         and booking.asset = line.asset and booking.amount = line.amount and booking.line_id is null
         and booking.moved_at >= line.first and booking.moved_at < line.last
         and not exists (select from bank.statement_line named
                          where named.state = 'OPEN' and named.end_to_end_id = booking.end_to_end_id
                            and named.adapter = line.adapter and named.organization_id = line.organization_id)
       limit ${ALIKE_MAX}) found`,
);

export interface SidesPage {
  readonly sides: Sides;
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

/**
 * Lines with an id, and all that our books and the bank have of these ids, locked: orders, receipts, lines, each in order
 * of id. Retry only with the whole tx.
 *
 * @param after the last id of the page before, '' for the first
 */
export async function lockSidesOfIds(tx: Tx, after: string, graceMs: number): Promise<SidesPage> {
  const rows = await tx.rows<{ readonly id: string; readonly adapters: readonly string[] }>(NEXT_IDS, [
    after,
    PAGE_SIZE_MAX,
  ]);
  const ids = rows.map(({ id }) => id);
  const next = rows.length < PAGE_SIZE_MAX ? null : (ids.at(-1) ?? null);
  if (ids.length === 0) return { sides: { ours: [], theirs: [] }, next };
  const adapters = [...new Set(rows.flatMap((row) => row.adapters))];
  const receipts = await tx.rows<{ readonly id: Uuid }>(FIND_RECEIPTS, [adapters, ids]);
  const ours = await lockBookings(
    tx,
    ids.filter(isUuid),
    receipts.map(({ id }) => id),
  );
  const theirs = await withItems(tx, await tx.rows<Line>(LOCK_LINES_OF_IDS, [ids, graceMs]));
  return { sides: { ours: await ours.read(), theirs }, next };
}

/** Lines without an id, with all other such lines and all Bookings of the same amounts. As `lockSidesOfIds`. */
export async function lockSidesWithoutId(tx: Tx, after: string, graceMs: number): Promise<SidesPage> {
  const rows = await tx.rows<{ readonly id: Uuid }>(NEXT_WITHOUT_ID, [after, PAGE_SIZE_MAX]);
  const ids = arrayOf(rows, ({ id }) => id);
  const next = rows.length < PAGE_SIZE_MAX ? null : (rows.at(-1)?.id ?? null);
  if (rows.length === 0) return { sides: { ours: [], theirs: [] }, next };
  const alike = await tx.rows<Pick<OurBooking, 'orderId' | 'receiptId'>>(FIND_ALIKE, [ids]);
  const ours = await lockBookings(
    tx,
    alike.flatMap(({ orderId }) => orderId ?? []),
    alike.flatMap(({ receiptId }) => receiptId ?? []),
  );
  const theirs = await withItems(tx, await tx.rows<Line>(LOCK_LINES_ALIKE, [ids, graceMs]));
  // Of an order that was found for one side, the other side is no candidate.
  const found = await ours.read();
  return { sides: { ours: found.filter(({ lineId }) => lineId === null), theirs }, next };
}

/** Locks at once, and reads only when all locks are held: what another tx did meanwhile is seen. */
async function lockBookings(tx: Tx, orderIds: readonly Uuid[], receiptIds: readonly Uuid[]) {
  const [orders, receipts] = [arrayOf(orderIds, (id) => id), arrayOf(receiptIds, (id) => id)];
  await tx.rows(LOCK_ORDERS, [orders]);
  await tx.rows(LOCK_RECEIPTS, [receipts]);
  return {
    read: () => readBookings(tx, orderIds, receiptIds),
  };
}

type ItemOfLine = Pick<TheirLine, 'itemId' | 'itemKind' | 'itemOrderId' | 'itemReceiptId'>;
type Line = Omit<TheirLine, keyof ItemOfLine>;
const NO_ITEM: ItemOfLine = { itemId: null, itemKind: null, itemOrderId: null, itemReceiptId: null };

async function withItems(tx: Tx, lines: readonly Line[]): Promise<readonly TheirLine[]> {
  const items = await tx.rows<ItemOfLine & { readonly lineId: Uuid }>(OPEN_ITEMS, [
    arrayOfText(lines, ({ id }) => id),
  ]);
  const byLine = new Map(items.map(({ lineId, ...item }) => [lineId, item]));
  return lines.map((line) => ({ ...line, ...(byLine.get(line.id) ?? NO_ITEM) }));
}
