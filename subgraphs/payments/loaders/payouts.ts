import DataLoader from 'dataloader';
import type { Connection } from '../../../platform/connection.ts';
import { type Page, type PageArgs, readPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { PayoutBatch } from '../domain/payouts/payoutBatch.ts';
import {
  PAYOUT_ITEM_STATUSES,
  type PayoutItem,
  type PayoutItemStatus,
} from '../domain/payouts/payoutItem.ts';
import { findPayoutBatches, findPayoutItems, listPayoutItems } from '../store/payouts/findPayouts.ts';

const LOAD_SIZE_MAX = 1_000;
/** Batches of one statement: with pages of 100 it reads some 10,000 items at most. */
const PARENTS_MAX = 100;

interface ItemPage {
  readonly batchId: Uuid;
  readonly statuses: readonly PayoutItemStatus[];
  readonly page: Page;
}

/** Batched reads of PayoutBatches of one request. A client token sees none: they name payees of the organization. */
export interface PayoutLoaders {
  findBatch(id: Uuid): Promise<PayoutBatch | null>;
  findItem(id: Uuid): Promise<PayoutItem | null>;
  /** @throws {ApiError} BAD_USER_INPUT for bad page arguments */
  listItems(
    batchId: Uuid,
    statuses: readonly PayoutItemStatus[],
    args: PageArgs,
  ): Promise<Connection<PayoutItem>>;
  /** Forgets what was read, because a mutation has changed it. */
  renew(): void;
}

/** New for each request: a Loader remembers what it read. */
export function createPayoutLoaders(reads: Database, viewer: Viewer): PayoutLoaders {
  const { organizationId, customerId } = viewer;
  const sees = customerId === undefined;
  const sized = { maxBatchSize: LOAD_SIZE_MAX };
  const batches = new DataLoader(
    (ids: readonly Uuid[]) => findPayoutBatches(reads, organizationId, ids),
    sized,
  );
  const items = new DataLoader((ids: readonly Uuid[]) => findPayoutItems(reads, organizationId, ids), sized);
  const pages = new DataLoader<ItemPage, Connection<PayoutItem>, string>(
    (keys) => loadPages(reads, organizationId, keys),
    { maxBatchSize: PARENTS_MAX, cacheKeyFn: (key) => `${key.batchId} ${pageKey(key)}` },
  );
  return {
    findBatch: async (id) => (sees ? batches.load(id) : null),
    findItem: async (id) => (sees ? items.load(id) : null),
    listItems: async (batchId, statuses, args) =>
      pages.load({
        batchId,
        statuses: PAYOUT_ITEM_STATUSES.filter((one) => statuses.includes(one)),
        page: readNumberPage(args),
      }),
    renew() {
      batches.clearAll();
      items.clearAll();
      pages.clearAll();
    },
  };
}

const NUMBER_PATTERN = /^[1-9][0-9]{0,4}$/;

/** `readPage` for lists whose key is an item's number. */
function readNumberPage(args: PageArgs): Page {
  const page = readPage(args);
  if (page.from !== null && !NUMBER_PATTERN.test(page.from)) {
    throw new ApiError('BAD_USER_INPUT', 'after or before is not a cursor of this list');
  }
  return page;
}

/** One statement for each page that is asked for: the parents of one field all ask for the same one. */
async function loadPages(
  reads: Database,
  organizationId: Uuid,
  keys: readonly ItemPage[],
): Promise<readonly Connection<PayoutItem>[]> {
  const groups = new Map<string, ItemPage[]>();
  for (const key of keys) {
    const group = groups.get(pageKey(key));
    if (group) group.push(key);
    else groups.set(pageKey(key), [key]);
  }
  const connections = new Map<ItemPage, Connection<PayoutItem>>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { statuses, page } = present(group[0], 'the first of a group');
      const ids = group.map(({ batchId }) => batchId);
      const lists = await listPayoutItems(reads, organizationId, ids, statuses, page);
      for (const [index, key] of group.entries()) {
        const rows = present(lists[index], 'a list');
        connections.set(
          key,
          toConnection(rows, page, ({ number }) => String(number)),
        );
      }
    }),
  );
  return keys.map((key) => present(connections.get(key), 'a page of items'));
}

function pageKey({ statuses, page }: ItemPage): string {
  return `${statuses.join(' ')} ${page.forward ? 'first' : 'last'} ${page.limit} ${page.from ?? ''}`;
}
