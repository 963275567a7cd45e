import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { type Statement, statement } from '../../../../platform/statement.ts';
import type { PayoutBatch } from '../../domain/payouts/payoutBatch.ts';
import type { PayoutItem, PayoutItemStatus } from '../../domain/payouts/payoutItem.ts';
import { BATCH_COLUMNS, type BatchRow, batchesById, batchOf, ITEM_COLUMNS } from './columns.ts';

const FIND_BATCHES = statement(
  'payments.find_payout_batches',
  `select ${BATCH_COLUMNS} from payments.payout_batch batch where batch.id = any($1::uuid[])`,
);

const FIND_ITEMS = statement(
  'payments.find_payout_items',
  `select ${ITEM_COLUMNS} from payments.payout_item item
     join payments.payout_batch batch on batch.id = item.batch_id
    where item.id = any($1::uuid[])`,
);

const LIST_BATCHES = { newest: listBatches('desc'), oldest: listBatches('asc') };

function listBatches(order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `batch.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `batch.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `payments.list_payout_batches_${order}`,
    `select ${BATCH_COLUMNS} from payments.payout_batch batch
      where batch.organization_id = $1 and ${beyond} order by batch.id ${order} limit $2`,
  );
}

const LIST_ITEMS = { onward: listItems('asc'), back: listItems('desc') };

/** Index payout_item_status: each status is read no further than the page. */
function listItems(order: 'asc' | 'desc'): Statement {
  const beyond = order === 'asc' ? `item.number > coalesce($4, 0)` : `item.number < coalesce($4, 2147483647)`;
  return statement(
    `payments.list_payout_items_${order}`,
    `select page.* from unnest($1::uuid[]) as asked(id)
      cross join lateral (
        select found.* from unnest($2::text[]) as wanted(status)
         cross join lateral (
           select ${ITEM_COLUMNS} from payments.payout_item item
             join payments.payout_batch batch on batch.id = item.batch_id
            where item.batch_id = asked.id and item.status = wanted.status and ${beyond}
            order by item.number ${order} limit $3) found
         order by found.number ${order} limit $3) page
      order by page.number ${order}`,
  );
}

/** The PayoutBatches in the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findPayoutBatches(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (PayoutBatch | null)[]> {
  const rows = await reads.readRows<BatchRow>(organizationId, FIND_BATCHES, [arrayOf(ids, (id) => id)]);
  const found = batchesById(rows);
  return ids.map((id) => found.get(id) ?? null);
}

/** As `findPayoutBatches`, of items. */
export async function findPayoutItems(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (PayoutItem | null)[]> {
  const rows = await reads.readRows<PayoutItem>(organizationId, FIND_ITEMS, [arrayOf(ids, (id) => id)]);
  const found = new Map(rows.map((item) => [item.id, item]));
  return ids.map((id) => found.get(id) ?? null);
}

/** Up to `limit + 1` PayoutBatches, newest first. Safe to retry. */
export async function listPayoutBatches(
  reads: Database,
  organizationId: Uuid,
  page: Page,
): Promise<readonly PayoutBatch[]> {
  const rows = await reads.readRows<BatchRow>(
    organizationId,
    page.forward ? LIST_BATCHES.newest : LIST_BATCHES.oldest,
    [organizationId, page.limit + 1, page.from],
  );
  return rows.map(batchOf);
}

/** Up to `limit + 1` items of each batch in the order of their numbers, in one statement. Safe to retry. */
export async function listPayoutItems(
  reads: Database,
  organizationId: Uuid,
  batchIds: readonly Uuid[],
  statuses: readonly PayoutItemStatus[],
  page: Page,
): Promise<readonly (readonly PayoutItem[])[]> {
  const rows = await reads.readRows<PayoutItem>(
    organizationId,
    page.forward ? LIST_ITEMS.onward : LIST_ITEMS.back,
    [arrayOf(batchIds, (id) => id), arrayOf(statuses, (status) => status), page.limit + 1, page.from],
  );
  const lists = new Map<Uuid, PayoutItem[]>(batchIds.map((id) => [id, []]));
  for (const item of rows) lists.get(item.batchId)?.push(item);
  return batchIds.map((id) => lists.get(id) ?? []);
}
