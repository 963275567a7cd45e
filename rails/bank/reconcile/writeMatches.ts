import { arrayOf } from '../../../platform/arrays.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Plan } from './planMatches.ts';

const MATCH_LINES = statement(
  'bank.reconcile_match_lines',
  `with matched as (
     update bank.statement_line line
        set state = 'MATCHED', order_id = match.order_id, receipt_id = match.receipt_id, rail = match.rail,
            booked_amount = line.amount, version = line.version + 1, updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as match(id, order_id, receipt_id, rail)
      where line.id = match.id and line.state = 'OPEN'
     returning 1),
   told as (select pg_notify('bank_settle', '') from matched limit 1)
   select (select count(*) from matched) as count, (select count(*) from told) as told`,
);

const LINK_ORDERS = statement(
  'bank.reconcile_link_orders',
  `with linked as (
     update bank.order wish
        set paid_line_id = coalesce(match.paid, wish.paid_line_id),
            returned_line_id = coalesce(match.returned, wish.returned_line_id)
       from (select id, (array_agg(line_id) filter (where not is_return))[1] as paid,
                    (array_agg(line_id) filter (where is_return))[1] as returned
               from unnest($1::uuid[], $2::uuid[], $3::boolean[]) as one(id, line_id, is_return) group by id) match
      where wish.id = match.id and (match.paid is null or wish.paid_line_id is null)
        and (match.returned is null or wish.returned_line_id is null)
     returning num_nonnulls(match.paid, match.returned) as links)
   select coalesce(sum(links), 0) as count from linked`,
);

const LINK_RECEIPTS = statement(
  'bank.reconcile_link_receipts',
  `with linked as (
     update bank.receipt receipt set line_id = match.line_id
       from unnest($1::uuid[], $2::uuid[]) as match(id, line_id)
      where receipt.id = match.id and receipt.line_id is null
     returning 1)
   select count(*) as count from linked`,
);

/** Which line a Booking is. */
export interface Link {
  readonly orderId: Plan['matches'][number]['booking']['orderId'];
  readonly receiptId: Plan['matches'][number]['booking']['receiptId'];
  readonly lineId: Plan['matches'][number]['line']['id'];
  readonly isReturn: boolean;
}

/** Says of locked Bookings which lines they are, each once. Retry only with the whole tx. */
export async function linkBookings(tx: Tx, links: readonly Link[]): Promise<void> {
  const orders = links.filter(({ orderId }) => orderId !== null);
  const receipts = links.filter(({ receiptId }) => receiptId !== null);
  if (orders.length > 0) {
    const [linked] = await tx.rows<{ readonly count: bigint }>(LINK_ORDERS, [
      arrayOf(orders, ({ orderId }) => orderId),
      arrayOf(orders, ({ lineId }) => lineId),
      arrayOf(orders, ({ isReturn }) => String(isReturn)),
    ]);
    invariant(linked?.count === BigInt(orders.length), `${linked?.count} of ${orders.length} orders linked`);
  }
  if (receipts.length === 0) return;
  const [linked] = await tx.rows<{ readonly count: bigint }>(LINK_RECEIPTS, [
    arrayOf(receipts, ({ receiptId }) => receiptId),
    arrayOf(receipts, ({ lineId }) => lineId),
  ]);
  invariant(
    linked?.count === BigInt(receipts.length),
    `${linked?.count} of ${receipts.length} receipts linked`,
  );
}

/** Marks locked lines as the Bookings that they are; the books follow by `settleLine`. Retry only with the whole tx. */
export async function writeMatches(tx: Tx, matches: Plan['matches']): Promise<void> {
  if (matches.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(MATCH_LINES, [
    arrayOf(matches, ({ line }) => line.id),
    arrayOf(matches, ({ booking }) => booking.orderId),
    arrayOf(matches, ({ booking }) => booking.receiptId),
    arrayOf(matches, ({ booking }) => booking.rail),
  ]);
  invariant(
    written?.count === BigInt(matches.length),
    `${written?.count} of ${matches.length} lines matched`,
  );
  await linkBookings(
    tx,
    matches.map(({ line, booking: { orderId, receiptId, kind } }) => {
      return { orderId, receiptId, lineId: line.id, isReturn: kind === 'RETURNED' };
    }),
  );
}
