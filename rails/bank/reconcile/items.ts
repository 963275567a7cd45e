import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { BankRailName } from '../../port.ts';

export type ItemKind =
  | 'MISSING_OURS'
  | 'MISSING_THEIRS'
  | 'AMOUNT_DIFFERS'
  | 'DUPLICATE'
  | 'AMBIGUOUS'
  | 'CONTRADICTION';

/** How an item came to its end: the comparison explained or renamed it, or somebody decided. */
export type ItemResolution = 'MATCHED' | 'SUPERSEDED' | 'FEE' | 'SUSPENSE' | 'IGNORED';

/** An item as whoever decides about it sees it under lock, with the Booking of ours that it names. */
export interface ItemRow {
  readonly id: Uuid;
  readonly organizationId: Uuid | null;
  readonly kind: ItemKind;
  readonly lineId: Uuid | null;
  readonly orderId: Uuid | null;
  readonly receiptId: Uuid | null;
  readonly isReturn: boolean;
  readonly isOpen: boolean;
  readonly version: number;
  readonly rail: BankRailName | null;
  /** Signed minor units. */
  readonly bookedMinor: bigint | null;
  readonly bookingLineId: Uuid | null;
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

const LOCK_ITEMS = statement(
  'bank.lock_items',
  `with locked as materialized (
     select * from bank.reconciliation_item where id = any($1::uuid[]) order by id for no key update)
   select item.id, item.organization_id as "organizationId", item.kind, item.line_id as "lineId",
          item.order_id as "orderId", item.receipt_id as "receiptId", item.is_return as "isReturn",
          item.closed_at is null as "isOpen", item.version, booking.rail, booking.amount as "bookedMinor",
          booking.line_id as "bookingLineId"
     from locked item
     left join lateral (
       select rail, amount, line_id from bank.booking
        where order_id = item.order_id and (kind = 'RETURNED') = item.is_return
       union all
       select rail, amount, line_id from bank.booking where receipt_id = item.receipt_id) booking on true`,
);

/** Locks items until the end of the tx and reads them; after what they are about. Role omsx_payments_writer. */
export async function lockItems(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ItemRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<ItemRow>(LOCK_ITEMS, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** What somebody decided about an item. */
export interface ItemDecision {
  readonly item: ItemRow;
  readonly resolution: Extract<ItemResolution, 'FEE' | 'SUSPENSE' | 'IGNORED'>;
  /** The ApiKey or Member. */
  readonly decidedBy: string;
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
