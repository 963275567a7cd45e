import DataLoader from 'dataloader';
import { type CachedRows, findThroughCache } from '../../platform/cachedRows.ts';
import { type Connection, type PageArgs, readUuidPage, toConnection } from '../../platform/connection.ts';
import type { Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { Database } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { listWalletsOfCustomers } from './store/listWalletsOfCustomers.ts';
import type { WalletRow } from './store/rows.ts';

/** Ids that one statement asks for; a longer list becomes several statements. */
const LOAD_SIZE_MAX = 1_000;

type UuidPage = ReturnType<typeof readUuidPage>;

interface CustomerPage {
  readonly customerId: Uuid;
  readonly page: UuidPage;
}

/** Batched reads of one request, as its Viewer may see them. A client token sees its own Customer's Wallets only. */
export interface Loaders {
  /** Null for a Wallet that is not there for this Viewer. */
  findWallet(id: Uuid): Promise<WalletRow | null>;
  /** Empty for a Customer that is not there for this Viewer. @throws {ApiError} BAD_USER_INPUT for bad page arguments. */
  listWalletsOfCustomer(customerId: Uuid, args: PageArgs): Promise<Connection<WalletRow>>;
}

/** New for each request: a Loader remembers what it read. */
export function createLoaders(reads: Database, cached: CachedRows<WalletRow>, viewer: Viewer): Loaders {
  const wallets = new DataLoader<Uuid, WalletRow | null>(
    async (ids) => {
      const rows = await findThroughCache(cached, viewer.organizationId, ids);
      const { customerId } = viewer;
      return rows.map((row) => (customerId === undefined || row?.customerId === customerId ? row : null));
    },
    { maxBatchSize: LOAD_SIZE_MAX },
  );
  const pages = new DataLoader<CustomerPage, Connection<WalletRow>, string>(
    (keys) => loadPages(reads, viewer.organizationId, keys),
    { maxBatchSize: LOAD_SIZE_MAX, cacheKeyFn: ({ customerId, page }) => `${customerId} ${pageKey(page)}` },
  );
  return {
    findWallet: (id) => wallets.load(id),
    listWalletsOfCustomer: async (customerId, args) => {
      const page = readUuidPage(args);
      const isHidden = viewer.customerId !== undefined && viewer.customerId !== customerId;
      return isHidden ? toConnection<WalletRow>([], page, ({ id }) => id) : pages.load({ customerId, page });
    },
  };
}

/** One statement for each page that is asked for: the parents of one field all ask for the same one. */
async function loadPages(
  reads: Database,
  organizationId: Uuid,
  keys: readonly CustomerPage[],
): Promise<readonly Connection<WalletRow>[]> {
  const connections = new Map<CustomerPage, Connection<WalletRow>>();
  const groups = new Map<string, CustomerPage[]>();
  for (const key of keys) {
    const group = groups.get(pageKey(key.page));
    if (group) group.push(key);
    else groups.set(pageKey(key.page), [key]);
  }
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { page } = present(group[0], 'the first of a group');
      const lists = await listWalletsOfCustomers(
        reads,
        organizationId,
        group.map(({ customerId }) => customerId),
        page,
      );
      for (const [index, key] of group.entries()) {
        connections.set(
          key,
          toConnection(present(lists[index], 'a list'), page, ({ id }) => id),
        );
      }
    }),
  );
  return keys.map((key) => present(connections.get(key), 'a page of wallets'));
}

function pageKey(page: UuidPage): string {
  return `${page.forward ? 'first' : 'last'} ${page.limit} ${page.from ?? ''}`;
}
