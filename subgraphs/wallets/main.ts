import { createEntityCache, type EntityCache } from '../../platform/cache.ts';
import { createSubgraph } from '../../platform/graphql.ts';
import type { Logger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import type { NetworkConfig } from '../../rails/onchain/network.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import { createChainBalances } from './adapters/chainBalances.ts';
import { createEstimateSend } from './adapters/sendEstimates.ts';
import { createWalletsLane } from './commands/lane.ts';
import type { Context, Mode } from './context.ts';
import { createLoaders } from './loaders.ts';
import { resolvers, SCOPES } from './resolvers.ts';
import { NetworkAssetEntity, NetworkEntity, WalletEntity } from './store/entities.ts';
import { cachedWallets } from './store/findWallets.ts';
import { loadCatalogue } from './store/loadCatalogue.ts';

export interface WalletsOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  /** Whether this deployment's organizations are sandboxes: only there is money made from nothing. */
  readonly mode: Mode;
  /** Without one every read goes to Postgres. */
  readonly cache?: EntityCache;
  readonly readPoolMax?: number;
  /** By the code of the Network: who answers what only a chain can say. They stay the caller's to close. */
  readonly chains?: ReadonlyMap<string, ChainClient>;
  /** The configuration of the same Networks, by whose fee policies sends are estimated. */
  readonly networks?: readonly NetworkConfig[];
}

const READ_POOL_MAX = 10;
/** The lane has one batch under way at a time; the other connection is for after a lost one. */
const WRITE_POOL_MAX = 2;

/** Starts the wallets subgraph. @throws when Postgres cannot be reached; nothing is left open then. */
export async function createWallets(options: WalletsOptions): Promise<Subgraph> {
  const reads = await openDatabase({
    url: options.databaseUrl,
    role: 'omsx_wallets',
    poolMax: options.readPoolMax ?? READ_POOL_MAX,
    entities: [WalletEntity, NetworkEntity, NetworkAssetEntity],
  });
  let writes: Database | undefined;
  try {
    writes = await openDatabase({
      url: options.databaseUrl,
      role: 'omsx_wallets_writer',
      poolMax: WRITE_POOL_MAX,
    });
    return await assemble(options, reads, writes);
  } catch (error) {
    await Promise.all([reads.close(), writes?.close()]);
    throw error;
  }
}

async function assemble(options: WalletsOptions, reads: Database, writes: Database): Promise<Subgraph> {
  const catalogue = await loadCatalogue(reads);
  const wallets = cachedWallets(reads, options.cache ?? createEntityCache(null));
  const lane = createWalletsLane(writes, catalogue);
  const chains = options.chains ?? new Map<string, ChainClient>();
  const balances = createChainBalances(chains);
  const estimateSend = createEstimateSend(chains, options.networks ?? []);
  return createSubgraph<Context>({
    name: 'wallets',
    resolvers,
    scopes: SCOPES,
    logger: options.logger,
    contextFor: (viewer, requestId) => ({
      viewer,
      requestId,
      idempotentReplay: false,
      reads,
      loaders: createLoaders(reads, wallets, viewer, balances),
      catalogue,
      lane,
      estimateSend,
      mode: options.mode,
    }),
    close: async () => {
      await lane.drain();
      await Promise.all([reads.close(), writes.close()]);
    },
  });
}
