import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ItemStep } from './itemEvent.ts';
import type { Plan, WantedItem } from './planMatches.ts';

const CLOSE_OF_MATCHES = statement(
  'bank.reconcile_close_items',
  `update bank.reconciliation_item item
      set closed_at = clock_timestamp(), resolution = $4, version = item.version + 1
    where item.closed_at is null and (
      item.line_id = any($1::uuid[])
      or item.kind = 'MISSING_THEIRS' and (
        item.receipt_id = any($3::uuid[]) or (item.order_id::text || ' ' || item.is_return) = any($2::text[])
          and item.order_id = any($5::uuid[])))
   returning item.id, item.organization_id as "organizationId", item.version, true as "isClosed"`,
);

const SUPERSEDE = statement(
  'bank.reconcile_supersede_items',
  `update bank.reconciliation_item item
      set closed_at = clock_timestamp(), resolution = 'SUPERSEDED', version = item.version + 1
    where item.closed_at is null and item.id = any($1::uuid[])
   returning item.id, item.organization_id as "organizationId", item.version, true as "isClosed"`,
);

const OPEN = statement(
  'bank.reconcile_insert_items',
  `insert into bank.reconciliation_item (id, adapter, organization_id, kind, asset, line_id, order_id, receipt_id, is_return,
     amount, detail, version)
   select id, adapter, organization_id, kind, asset, line_id, order_id, receipt_id, is_return, amount, detail, 1
     from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
                 $9::boolean[], $10::numeric[], $11::text[])
          as item(id, adapter, organization_id, kind, asset, line_id, order_id, receipt_id, is_return, amount, detail)
   on conflict do nothing
   returning id, organization_id as "organizationId", version, false as "isClosed"`,
);

const DETAILS: Readonly<Record<WantedItem['kind'], string>> = {
  MISSING_OURS: 'The bank has a line of which our books know nothing',
  AMOUNT_DIFFERS: 'The bank has another amount than our books under the same id',
  DUPLICATE: 'The bank has a further line under an id that is explained by another',
  AMBIGUOUS: 'The line has no id and fits more than one booking, or shares the only one with other lines',
};

/** Writes what a plan says of items, and what is to be told of it. Retry only with the whole tx. */
export async function writeItems(tx: Tx, plan: Plan): Promise<readonly ItemStep[]> {
  const steps: ItemStep[] = [];
  if (plan.superseded.length > 0) {
    steps.push(...(await tx.rows<ItemStep>(SUPERSEDE, [arrayOf(plan.superseded, (id) => id)])));
  }
  const explained = plan.matches.map(({ line, booking }) => ({ lineId: line.id, booking }));
  steps.push(...(await closeItems(tx, explained, 'MATCHED')));
  // What is missing no more, but is not as it should be either, is told by the item that comes now.
  const named = plan.items.flatMap(({ booking, kind }) =>
    booking === null || kind === 'DUPLICATE' ? [] : [{ lineId: null, booking }],
  );
  steps.push(...(await closeItems(tx, named, 'SUPERSEDED')));
  steps.push(...(await openItems(tx, plan.items)));
  return steps;
}

/** A Booking of which no statement is awaited any more, and the line that it is. */
export interface Explained {
  readonly lineId: Uuid | null;
  readonly booking: {
    readonly kind: string;
    readonly orderId: Uuid | null;
    readonly receiptId: Uuid | null;
  };
}

/** Closes open items about these lines, and those that missed these Bookings. Retry only with the whole tx. */
export async function closeItems(
  tx: Tx,
  explained: readonly Explained[],
  resolution: 'MATCHED' | 'SUPERSEDED',
): Promise<readonly ItemStep[]> {
  if (explained.length === 0) return [];
  const orders = explained.filter(({ booking }) => booking.orderId !== null);
  return await tx.rows<ItemStep>(CLOSE_OF_MATCHES, [
    explained.flatMap(({ lineId }) => lineId ?? []),
    orders.map(({ booking }) => `${booking.orderId} ${booking.kind === 'RETURNED'}`),
    explained.flatMap(({ booking }) => booking.receiptId ?? []),
    resolution,
    orders.map(({ booking }) => booking.orderId),
  ]);
}

async function openItems(tx: Tx, items: Plan['items']): Promise<readonly ItemStep[]> {
  if (items.length === 0) return [];
  return await tx.rows<ItemStep>(OPEN, [
    arrayOf(items, () => newUuid()),
    arrayOfText(items, ({ line }) => line.adapter),
    arrayOf(items, ({ line }) => line.organizationId),
    arrayOf(items, ({ kind }) => kind),
    arrayOfText(items, ({ line }) => line.asset),
    arrayOf(items, ({ line }) => line.id),
    arrayOf(items, ({ booking }) => booking?.orderId ?? null),
    arrayOf(items, ({ booking }) => booking?.receiptId ?? null),
    arrayOf(items, ({ booking }) => String(booking?.kind === 'RETURNED')),
    arrayOf(items, ({ differenceMinor }) => differenceMinor),
    arrayOfText(items, ({ kind }) => DETAILS[kind]),
  ]);
}
