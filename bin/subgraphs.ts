import type { EntityCache } from '../platform/cache.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Subgraph } from '../platform/subgraph.ts';
import { type Accounts, createAccounts } from '../subgraphs/accounts/main.ts';
import { createPayments } from '../subgraphs/payments/main.ts';
import { createWallets } from '../subgraphs/wallets/main.ts';

export interface SubgraphOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly cache: EntityCache;
}

export function openAccounts(options: SubgraphOptions, keyPepper: string): Promise<Accounts> {
  const { databaseUrl, logger, config, cache } = options;
  const { readConnectionsMax, writeConnectionsMax } = config;
  return createAccounts({ databaseUrl, logger, keyPepper, cache, readConnectionsMax, writeConnectionsMax });
}

export function openWallets(options: SubgraphOptions): Promise<Subgraph> {
  const { databaseUrl, logger, config, cache } = options;
  const mode = config.mode === 'sandbox' ? 'SANDBOX' : 'LIVE';
  return createWallets({ databaseUrl, logger, mode, cache, readPoolMax: config.readConnectionsMax });
}

export function openPayments(options: Omit<SubgraphOptions, 'cache'>): Promise<Subgraph> {
  const { databaseUrl, logger, config } = options;
  return createPayments({ databaseUrl, logger, poolMax: config.readConnectionsMax });
}
