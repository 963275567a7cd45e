import DataLoader from 'dataloader';
import { type Connection, type PageArgs, readUuidPage } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { findDepositAddresses } from '../../../rails/onchain/reads/addresses.ts';
import { type AttemptRow, findAttempts } from '../../../rails/onchain/reads/attempts.ts';
import {
  type ChainTransactionRow,
  findChainTransactions,
} from '../../../rails/onchain/reads/chainTransaction.ts';
import { listDepositsOf } from '../../../rails/onchain/reads/listChainTransactions.ts';
import { type ConnectedNetwork, listConnectedNetworks } from '../../../rails/onchain/reads/networks.ts';
import type { ChainBalance, ChainBalances } from '../adapters/chainBalances.ts';
import { findWalletIdsOfCustomer } from '../store/findWalletIdsOfCustomer.ts';
import { type BalanceAsked, createBalanceLoader } from './balances.ts';
import { createPageLoader } from './pages.ts';

/** Ids that one statement asks for; a longer list becomes several statements. */
const LOAD_SIZE_MAX = 1_000;

/**
 * What the database knows of chains, batched for one request. A client token sees what moves the money of its own
 * Customer's Wallets; of a Wallet that it was given, whoever gave it has seen to that.
 */
export interface ChainLoaders {
  /** Null for a Network that is not connected. */
  findNetwork(code: string): Promise<ConnectedNetwork | null>;
  /** Lower case; null for a Wallet without one. */
  findAddress(walletId: Uuid): Promise<string | null>;
  /** What the chain says now. @throws {ApiError} UNAVAILABLE */
  findBalance(asked: BalanceAsked): Promise<ChainBalance>;
  /** Null for what is not there for this Viewer. */
  findChainTransaction(id: Uuid): Promise<ChainTransactionRow | null>;
  /** Of a ChainTransaction that this Viewer sees. */
  findAttempts(chainTransactionId: Uuid): Promise<readonly AttemptRow[]>;
  /** @throws {ApiError} BAD_USER_INPUT for bad page arguments. */
  listDepositsOfWallet(walletId: Uuid, args: PageArgs): Promise<Connection<ChainTransactionRow>>;
  /** Accounts whose money the Viewer may see moving; null for all of the organization. */
  visibleAccountIds(): Promise<readonly Uuid[] | null>;
}

/** New for each request: a Loader remembers what it read. */
export function createChainLoaders(reads: Database, viewer: Viewer, balances: ChainBalances): ChainLoaders {
  const { organizationId, customerId } = viewer;
  let networks: Promise<ReadonlyMap<string, ConnectedNetwork>> | undefined;
  let visible: Promise<readonly Uuid[] | null> | undefined;
  const visibleAccountIds = (): Promise<readonly Uuid[] | null> => {
    visible ??=
      customerId === undefined
        ? Promise.resolve(null)
        : findWalletIdsOfCustomer(reads, organizationId, customerId);
    return visible;
  };
  const options = { maxBatchSize: LOAD_SIZE_MAX };
  const addresses = new DataLoader<Uuid, string | null>(
    (ids) => findDepositAddresses(reads, organizationId, ids),
    options,
  );
  const transactions = new DataLoader<Uuid, ChainTransactionRow | null>(
    async (ids) => findChainTransactions(reads, organizationId, ids, await visibleAccountIds()),
    options,
  );
  const balanceLoader = createBalanceLoader(balances);
  const attempts = new DataLoader<Uuid, readonly AttemptRow[]>(
    (ids) => findAttempts(reads, organizationId, ids),
    options,
  );
  const deposits = createPageLoader<ChainTransactionRow>(
    (walletIds, page) => listDepositsOf(reads, organizationId, walletIds, page),
    LOAD_SIZE_MAX,
  );
  return {
    findNetwork: async (code) => {
      networks ??= listConnectedNetworks(reads, organizationId);
      return (await networks).get(code) ?? null;
    },
    findAddress: (walletId) => addresses.load(walletId),
    findBalance: (asked) => balanceLoader.load(asked),
    findChainTransaction: (id) => transactions.load(id),
    findAttempts: (id) => attempts.load(id),
    listDepositsOfWallet: async (walletId, args) =>
      deposits.load({ parentId: walletId, page: readUuidPage(args) }),
    visibleAccountIds,
  };
}
