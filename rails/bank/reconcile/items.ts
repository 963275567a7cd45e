import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { BookingKind } from './sides.ts';

export type ItemKind =
  | 'MISSING_OURS'
  | 'MISSING_THEIRS'
  | 'AMOUNT_DIFFERS'
  | 'DUPLICATE'
  | 'AMBIGUOUS'
  | 'CONTRADICTION';

/** How an item came to its end: the comparison explained or renamed it, or somebody decided. */
export type ItemResolution = 'MATCHED' | 'SUPERSEDED' | 'FEE' | 'SUSPENSE' | 'IGNORED' | 'WRITTEN_OFF';

/** An item as whoever decides about it sees it under lock. */
export interface ItemRow {
  readonly id: Uuid;
  readonly organizationId: Uuid | null;
  readonly adapter: string;
  readonly kind: ItemKind;
  readonly asset: string | null;
  /** What the bank has and our books have not, in signed minor units. */
  readonly differenceMinor: bigint | null;
  readonly lineId: Uuid | null;
  readonly orderId: Uuid | null;
  readonly receiptId: Uuid | null;
  readonly isReturn: boolean;
  readonly isOpen: boolean;
  /** Its Booking was written off, and the line has not come. */
  readonly isWriteOff: boolean;
  readonly version: number;
}

/** Which Booking an item is about; a key as `bookingKey` makes them needs the kind. */
export function kindOfBooking({ orderId, isReturn }: Pick<ItemRow, 'orderId' | 'isReturn'>): BookingKind {
  if (orderId === null) return 'ARRIVED';
  return isReturn ? 'RETURNED' : 'PAID';
}

type References = Pick<ItemRow, 'lineId' | 'orderId' | 'receiptId'>;

const FIND_REFERENCES = statement(
  'bank.find_item_references',
  `select line_id as "lineId", order_id as "orderId", receipt_id as "receiptId"
     from bank.reconciliation_item where id = any($1::uuid[])`,
);

/** What has to be locked before the items are; it never changes. */
export async function findItemReferences(tx: Tx, ids: readonly Uuid[]): Promise<readonly References[]> {
  if (ids.length === 0) return [];
  return await tx.rows<References>(FIND_REFERENCES, [arrayOf(ids, (id) => id)]);
}

/** Indexes reconciliation_item_order_key and reconciliation_item_receipt_key. */
const LOCK_ITEMS = statement(
  'bank.lock_items',
  `with about as (
     select order_id, receipt_id from bank.statement_line where id = any($2::uuid[])
     union all
     select order_id, null from unnest($3::uuid[]) as one(order_id)
     union all
     select null, receipt_id from unnest($4::uuid[]) as one(receipt_id)),
   wanted as (
     select id from unnest($1::uuid[]) as one(id)
     union
     select item.id from about join bank.reconciliation_item item on item.order_id = about.order_id
      where item.line_id is null and item.difference_id is null
        and (item.closed_at is null or item.resolution in ('IGNORED', 'WRITTEN_OFF'))
     union
     select item.id from about join bank.reconciliation_item item on item.receipt_id = about.receipt_id
      where item.line_id is null and (item.closed_at is null or item.resolution in ('IGNORED', 'WRITTEN_OFF')))
   select id, organization_id as "organizationId", adapter, kind, asset, amount as "differenceMinor", line_id as "lineId",
          order_id as "orderId", receipt_id as "receiptId", is_return as "isReturn", closed_at is null as "isOpen",
          coalesce(resolution = 'WRITTEN_OFF' and reversed_at is null, false) as "isWriteOff", version
     from bank.reconciliation_item where id in (select id from wanted) order by id for no key update`,
);

/** Items that are named, and those about a missing Booking of these lines, orders and receipts. */
export interface WantedItems {
  readonly ids: readonly Uuid[];
  readonly lineIds: readonly Uuid[];
  readonly orderIds: readonly Uuid[];
  readonly receiptIds: readonly Uuid[];
}

/** Locks items until the end of the tx and reads them; after what they are about. Role omsx_payments_writer. */
export async function lockItems(tx: Tx, wanted: WantedItems): Promise<ReadonlyMap<Uuid, ItemRow>> {
  const { ids, lineIds, orderIds, receiptIds } = wanted;
  const lists = [ids, lineIds, orderIds, receiptIds];
  if (lists.every((list) => list.length === 0)) return new Map();
  const rows = await tx.rows<ItemRow>(
    LOCK_ITEMS,
    lists.map((list) => arrayOf(list, (id) => id)),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** What somebody decided about an item. */
export interface ItemDecision {
  readonly item: ItemRow;
  readonly resolution: Exclude<ItemResolution, 'SUPERSEDED'>;
  /** The ApiKey or Member; null for what is closed because of another decision. */
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

const DECIDE_ITEMS = statement(
  'bank.decide_items',
  `with decided as (
     update bank.reconciliation_item item
        set closed_at = clock_timestamp(), resolution = decision.resolution, closed_by = decision.closed_by,
            reason = decision.reason, version = decision.version
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[])
            as decision(id, resolution, closed_by, reason, version)
      where item.id = decision.id and item.closed_at is null
     returning 1)
   select count(*) as count from decided`,
);

/** Closes locked items as was decided. Retry only with the whole tx. */
export async function decideItems(tx: Tx, decisions: readonly ItemDecision[]): Promise<void> {
  if (decisions.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(DECIDE_ITEMS, [
    arrayOf(decisions, ({ item }) => item.id),
    arrayOf(decisions, ({ resolution }) => resolution),
    arrayOfText(decisions, ({ decidedBy }) => decidedBy),
    arrayOfText(decisions, ({ reason }) => reason),
    arrayOf(decisions, ({ item }) => item.version),
  ]);
  invariant(
    written?.count === BigInt(decisions.length),
    `${written?.count} of ${decisions.length} items decided`,
  );
}

const REVERSE_ITEMS = statement(
  'bank.reverse_items',
  `with reversed as (
     update bank.reconciliation_item item set reversed_at = clock_timestamp(), version = done.version
       from unnest($1::uuid[], $2::int[]) as done(id, version)
      where item.id = done.id and item.resolution = 'WRITTEN_OFF' and item.reversed_at is null
     returning 1)
   select count(*) as count from reversed`,
);

/** Says of locked items that what they wrote off has come after all. Retry only with the whole tx. */
export async function reverseItems(tx: Tx, items: readonly ItemRow[]): Promise<void> {
  if (items.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(REVERSE_ITEMS, [
    arrayOf(items, ({ id }) => id),
    arrayOf(items, ({ version }) => version),
  ]);
  invariant(written?.count === BigInt(items.length), `${written?.count} of ${items.length} items reversed`);
}
