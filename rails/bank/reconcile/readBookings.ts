import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { OurBooking } from './sides.ts';

const COLUMNS = `kind, order_id as "orderId", receipt_id as "receiptId", organization_id as "organizationId", adapter,
  rail, asset, amount as "amountMinor", end_to_end_id as "endToEndId", (moved_at at time zone 'UTC')::date::text as "on",
  line_id as "lineId"`;

const OF_ORDERS = statement(
  'bank.reconcile_bookings_of_orders',
  `select ${COLUMNS} from bank.booking where order_id = any($1::uuid[])`,
);
const OF_RECEIPTS = statement(
  'bank.reconcile_bookings_of_receipts',
  `select ${COLUMNS} from bank.booking where receipt_id = any($1::uuid[])`,
);

/** What orders and receipts that the caller has locked are in our books. Role omsx_payments_writer. */
export async function readBookings(
  tx: Tx,
  orderIds: readonly Uuid[],
  receiptIds: readonly Uuid[],
): Promise<readonly OurBooking[]> {
  const found = await Promise.all([
    tx.rows<OurBooking>(OF_ORDERS, [arrayOf(orderIds, (id) => id)]),
    tx.rows<OurBooking>(OF_RECEIPTS, [arrayOf(receiptIds, (id) => id)]),
  ]);
  return found.flat();
}

/** A movement as a person names it: by its Transaction, or as what arrived. */
export interface AskedMovement {
  readonly organizationId: Uuid;
  readonly transactionId: Uuid | null;
  readonly receiptId: Uuid | null;
}

const FIND_NAMED = statement(
  'bank.reconcile_find_named',
  `with asked as (
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as one(organization_id, transaction_id, receipt_id))
   select wish.id as "orderId", null::uuid as "receiptId"
     from asked join bank.order wish on wish.id = asked.transaction_id and wish.organization_id = asked.organization_id
   union
   select null, receipt.id
     from asked join bank.receipt receipt on receipt.transaction_id = asked.transaction_id
      and receipt.organization_id = asked.organization_id
   union
   select null, receipt.id
     from asked join bank.receipt receipt on receipt.id = asked.receipt_id
      and receipt.organization_id = asked.organization_id`,
);

/** Orders and receipts that people name, to be locked; none of another organization's. Index receipt_transaction. */
export async function findNamedMovements(
  tx: Tx,
  asked: readonly AskedMovement[],
): Promise<readonly Pick<OurBooking, 'orderId' | 'receiptId'>[]> {
  if (asked.length === 0) return [];
  return await tx.rows<Pick<OurBooking, 'orderId' | 'receiptId'>>(FIND_NAMED, [
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOf(asked, ({ transactionId }) => transactionId),
    arrayOf(asked, ({ receiptId }) => receiptId),
  ]);
}
