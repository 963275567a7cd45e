import DataLoader from 'dataloader';
import { type CachedRows, findThroughCache } from '../../platform/cachedRows.ts';
import { type Connection, type PageArgs, readUuidPage, toConnection } from '../../platform/connection.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { DepositAddressRow } from '../../rails/onchain/depositAddresses/depositAddress.ts';
import type { ChainBalances } from './adapters/chainBalances.ts';
import { type ChainLoaders, createChainLoaders } from './loaders/chain.ts';
import { createDepositAddressLoaders } from './loaders/depositAddresses.ts';
import { createPageLoader } from './loaders/pages.ts';
import { listWalletsOfCustomers } from './store/listWalletsOfCustomers.ts';
import type { WalletRow } from './store/rows.ts';

/** Ids that one statement asks for; a longer list becomes several statements. */
const LOAD_SIZE_MAX = 1_000;

/** Batched reads of one request, as its Viewer may see them. A client token sees its own Customer's Wallets only. */
export interface Loaders {
  /** Null for a Wallet that is not there for this Viewer. */
  findWallet(id: Uuid): Promise<WalletRow | null>;
  /** Empty for a Customer that is not there for this Viewer. @throws {ApiError} BAD_USER_INPUT for bad page arguments. */
  listWalletsOfCustomer(customerId: Uuid, args: PageArgs): Promise<Connection<WalletRow>>;
  /** Null for one that is not there for this Viewer; a client token sees none. */
  findDepositAddress(id: Uuid): Promise<DepositAddressRow | null>;
  /** Empty for a client token. @throws {ApiError} BAD_USER_INPUT for bad page arguments. */
  listDepositAddressesOf(walletId: Uuid, args: PageArgs): Promise<Connection<DepositAddressRow>>;
  readonly chain: ChainLoaders;
}

/** New for each request: a Loader remembers what it read. */
export function createLoaders(
  reads: Database,
  cached: CachedRows<WalletRow>,
  viewer: Viewer,
  balances: ChainBalances,
): Loaders {
  const wallets = new DataLoader<Uuid, WalletRow | null>(
    async (ids) => {
      const rows = await findThroughCache(cached, viewer.organizationId, ids);
      const { customerId } = viewer;
      return rows.map((row) => (customerId === undefined || row?.customerId === customerId ? row : null));
    },
    { maxBatchSize: LOAD_SIZE_MAX },
  );
  const pages = createPageLoader<WalletRow>(
    (customerIds, page) => listWalletsOfCustomers(reads, viewer.organizationId, customerIds, page),
    LOAD_SIZE_MAX,
  );
  return {
    findWallet: (id) => wallets.load(id),
    listWalletsOfCustomer: async (customerId, args) => {
      const page = readUuidPage(args);
      const isHidden = viewer.customerId !== undefined && viewer.customerId !== customerId;
      return isHidden
        ? toConnection<WalletRow>([], page, ({ id }) => id)
        : pages.load({ parentId: customerId, page });
    },
    ...createDepositAddressLoaders(reads, viewer),
    chain: createChainLoaders(reads, viewer, balances),
  };
}
