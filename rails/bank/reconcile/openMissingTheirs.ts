import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ItemStep } from './itemEvent.ts';

/** Items that one statement opens; the next page goes on. */
export const MISSING_PAGE_MAX = 200;

const NEW_ITEM = `
  insert into bank.reconciliation_item (id, adapter, organization_id, kind, asset, order_id, receipt_id, is_return, amount,
    detail, version)
  select uuidv7(), booking.adapter, booking.organization_id, 'MISSING_THEIRS', booking.asset, booking.order_id,
         booking.receipt_id, booking.kind = 'RETURNED', -booking.amount,
         'Our books have it, and the statements that should have it do not', 1`;

/** Neither awaited elsewhere nor given up: an open line may still be it. */
const UNEXPLAINED = `
  booking.line_id is null
  and not exists (
    select from bank.reconciliation_item item
     where item.kind = 'MISSING_THEIRS' and item.order_id = booking.order_id
       and item.is_return = (booking.kind = 'RETURNED') and (item.closed_at is null or item.resolution in ('IGNORED', 'WRITTEN_OFF')))
  and not exists (
    select from bank.reconciliation_item item
     where item.kind = 'MISSING_THEIRS' and item.receipt_id = booking.receipt_id
       and (item.closed_at is null or item.resolution in ('IGNORED', 'WRITTEN_OFF')))
  and not exists (
    select from bank.statement_line line
     where line.state = 'OPEN' and line.end_to_end_id = booking.end_to_end_id and line.adapter = booking.adapter
       and line.organization_id = booking.organization_id and line.asset = booking.asset
       and (line.amount < 0) = (booking.amount < 0))
  and not exists (
    select from bank.statement_line line
     where line.state = 'OPEN' and line.end_to_end_id is null and line.adapter = booking.adapter
       and line.organization_id = booking.organization_id and line.asset = booking.asset
       and line.amount = booking.amount)`;

const RETURNING = `
  on conflict do nothing
  returning id, organization_id as "organizationId", version, false as "isClosed"`;

/** Of banks with a list, which reaches to the same moment for all accounts. */
const OPEN_BY_FEED = statement(
  'bank.reconcile_open_missing_by_feed',
  `${NEW_ITEM}
     from bank.statement_position position
     join bank.booking on booking.adapter = position.adapter and booking.moved_at <= position.covers_until
    where ${UNEXPLAINED} limit ${MISSING_PAGE_MAX} ${RETURNING}`,
);

/** Of accounts whose statements come as files. */
const OPEN_BY_FILE = statement(
  'bank.reconcile_open_missing_by_file',
  `${NEW_ITEM}
     from (select adapter, organization_id, asset, max(covers_until) as covers_until
             from bank.statement where source = 'FILE' and organization_id is not null
            group by adapter, organization_id, asset) reach
     join bank.booking on booking.adapter = reach.adapter and booking.organization_id = reach.organization_id
      and booking.asset = reach.asset and booking.moved_at <= reach.covers_until
    where ${UNEXPLAINED} limit ${MISSING_PAGE_MAX} ${RETURNING}`,
);

/** Names Bookings that the bank should have told of by now, a page. Retry only with the whole tx. */
export async function openMissingTheirs(tx: Tx): Promise<readonly ItemStep[]> {
  const byFeed = await tx.rows<ItemStep>(OPEN_BY_FEED);
  return [...byFeed, ...(await tx.rows<ItemStep>(OPEN_BY_FILE))];
}

const TELL = statement(
  'bank.reconcile_tell_items',
  `update bank.reconciliation_item told set version = 1
     from (select id from bank.reconciliation_item where version = 0 order by id limit ${MISSING_PAGE_MAX}
              for no key update skip locked) untold
    where told.id = untold.id
   returning told.id, told.organization_id as "organizationId", told.version, false as "isClosed"`,
);

/** Items that the bank worker has opened, about what contradicts an order, are told of from here. */
export async function tellNewItems(tx: Tx): Promise<readonly ItemStep[]> {
  return await tx.rows<ItemStep>(TELL);
}
