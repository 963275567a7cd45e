import type { EntityCache } from '../platform/cache.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Subgraph } from '../platform/subgraph.ts';
import { sandboxVerifier } from '../rails/bank/externalAccounts/instantVerifier.ts';
import type { KycProvider } from '../subgraphs/accounts/adapters/kycProvider.ts';
import type { Accounts } from '../subgraphs/accounts/main.ts';
import { openAccountsVault } from './accountsVault.ts';
import { configuredCatalog } from './bankCatalog.ts';
import type { OpenNetwork } from './networks.ts';

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
  const keyVault = await openAccountsVault(config, databaseUrl);
  const kyc = await openKyc(config);
  const { openPartyScreening } = await import('./screening.ts');
  const screening = openPartyScreening(config);
  return createAccounts({
    databaseUrl,
    logger,
    keyPepper,
    keyVault,
    cache,
    readConnectionsMax,
    writeConnectionsMax,
    kyc,
    screening,
    ...(config.mode === 'sandbox' ? { instantVerifier: sandboxVerifier, issuesSandboxDetails: true } : {}),
  });
}

/** Whom checks of customers are asked of. */
async function openKyc({ kyc: { url, token }, mode }: Config): Promise<KycProvider> {
  if (url !== undefined) {
    const { createHttpKyc } = await import('../subgraphs/accounts/adapters/httpKyc.ts');
    return createHttpKyc({ url, token });
  }
  if (mode === 'live') return (await import('../subgraphs/accounts/adapters/manualKyc.ts')).MANUAL_KYC;
  return (await import('../subgraphs/accounts/adapters/sandboxKyc.ts')).createSandboxKyc();
}

export async function openWallets(
  options: SubgraphOptions & { readonly networks: readonly OpenNetwork[] },
): Promise<Subgraph> {
  const { databaseUrl, logger, config, cache } = options;
  const networks = options.networks.map(({ network }) => network);
  const chains = new Map(options.networks.map(({ network, client }) => [network.code, client]));
  const mode = config.mode === 'sandbox' ? 'SANDBOX' : 'LIVE';
  const { createWallets } = await import('../subgraphs/wallets/main.ts');
  const readPoolMax = config.readConnectionsMax;
  return createWallets({ databaseUrl, logger, mode, cache, chains, networks, readPoolMax });
}

/** The code of vaults is loaded where a bank is connected. */
async function openBankConnection(config: Config, databaseUrl: string) {
  const { openBankVault, readBanksOf, simulatorOf } = await import('./bank.ts');
  const { SIMULATOR } = await import('../rails/bank/simulator/client.ts');
  const { createRoute } = await import('../rails/bank/routeOrders.ts');
  const hasSimulator = config.bank.simulatorUrl !== undefined;
  const route = createRoute(await readBanksOf(config), hasSimulator);
  const vault = await openBankVault(config, databaseUrl);
  const bank = { adapter: SIMULATOR, route, vault };
  return hasSimulator ? { bank, simulator: simulatorOf(config) } : { bank };
}

/** The same of counters. */
async function openCashConnection(config: Config, databaseUrl: string) {
  const { countersOf, openCashVault } = await import('./cash.ts');
  const { CASH_SIMULATOR } = await import('../rails/cash/simulator/client.ts');
  const vault = await openCashVault(config, databaseUrl);
  return { cash: { adapter: CASH_SIMULATOR, vault }, cashSimulator: countersOf(config) };
}

export async function openPayments(options: Omit<SubgraphOptions, 'cache'>): Promise<Subgraph> {
  const { databaseUrl, logger, config } = options;
  const { webhookVault } = await import('./webhooks.ts');
  const { createPayments } = await import('../subgraphs/payments/main.ts');
  const { mode, rates, webhookLoopback, readConnectionsMax: poolMax } = config;
  const { simulatorUrl, banksFile } = config.bank;
  const hasBank = (simulatorUrl ?? banksFile) !== undefined;
  const banks = hasBank ? await openBankConnection(config, databaseUrl) : {};
  const counters =
    config.cash.simulatorUrl === undefined ? {} : await openCashConnection(config, databaseUrl);
  const vault = webhookVault(config, databaseUrl);
  const { openPartyScreening } = await import('./screening.ts');
  const screening = openPartyScreening(config);
  const catalog = await configuredCatalog(config);
  const settings = { mode, rates, webhookLoopback, catalog, screening };
  return createPayments({ databaseUrl, logger, poolMax, vault, ...settings, ...banks, ...counters });
}
