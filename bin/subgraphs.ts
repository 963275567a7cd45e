import type { EntityCache } from '../platform/cache.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Subgraph } from '../platform/subgraph.ts';
import type { ChainClient } from '../rails/onchain/rpc/chainReader.ts';
import type { Accounts } from '../subgraphs/accounts/main.ts';

/** The code of each is loaded when it is opened: a process has one of them, or all. */
export interface SubgraphOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly cache: EntityCache;
}

export async function openAccounts(options: SubgraphOptions, keyPepper: string): Promise<Accounts> {
  const { databaseUrl, logger, config, cache } = options;
  const { readConnectionsMax, writeConnectionsMax } = config;
  const { createAccounts } = await import('../subgraphs/accounts/main.ts');
  return createAccounts({ databaseUrl, logger, keyPepper, cache, readConnectionsMax, writeConnectionsMax });
}

export async function openWallets(
  options: SubgraphOptions & { readonly chains: ReadonlyMap<string, ChainClient> },
): Promise<Subgraph> {
  const { databaseUrl, logger, config, cache, chains } = options;
  const mode = config.mode === 'sandbox' ? 'SANDBOX' : 'LIVE';
  const { createWallets } = await import('../subgraphs/wallets/main.ts');
  return createWallets({ databaseUrl, logger, mode, cache, chains, readPoolMax: config.readConnectionsMax });
}

export async function openPayments(options: Omit<SubgraphOptions, 'cache'>): Promise<Subgraph> {
  const { databaseUrl, logger, config } = options;
  const { createPayments } = await import('../subgraphs/payments/main.ts');
  return createPayments({ databaseUrl, logger, poolMax: config.readConnectionsMax });
}
