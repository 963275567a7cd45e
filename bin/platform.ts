import { createEntityCache } from '../platform/cache.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import { createLocalTransport } from '../router/transport/local.ts';
import { openChainWork } from './chain.ts';
import { opening } from './closers.ts';
import { type Credentials, provideCredentials } from './credentials.ts';
import { fillLocalTank } from './localTank.ts';
import { openTracer } from './openTracer.ts';
import { openRouter } from './router.ts';
import { loadSecrets } from './secrets.ts';
import { openFeed, openRedis, openRelay } from './streams.ts';
import { openAccounts, openPayments, openWallets } from './subgraphs.ts';
import { openWebhooks } from './webhooks.ts';

/** The servers that the platform runs on. */
export type ServerUrls = {
  readonly databaseUrl: string;
  /** Undefined: no Redis; feeds then read the outbox itself. */
  readonly redisUrl: string | undefined;
  /** Of a local chain whose gas tank may be filled from nothing. */
  readonly chainUrl: string | undefined;
};

export type RunningPlatform = {
  readonly credentials: Credentials;
  /** Takes no new work, ends what is under way, closes sockets and pools. */
  stop(): Promise<void>;
};

/** Nobody here reads what the relay writes to Redis at once; for a router elsewhere it is late by this much. */
const relayPaceMs = 50;

/** What hands codes and pickups to counters, where there are any. */
async function openCash(options: Parameters<typeof openChainWork>[0]) {
  const { simulatorUrl, callbackUrl } = options.config.cash;
  if (simulatorUrl === undefined || callbackUrl === undefined) return { gauge: () => undefined };
  const { openCashWork } = await import('./cash.ts');
  const { hostname: host, port } = new URL(callbackUrl);
  return await openCashWork(options, { host, port: Number.parseInt(port, 10) });
}

/** Router, subgraphs and workers in this process, with nothing but function calls between them. */
export function startPlatform(config: Config, urls: ServerUrls, logger: Logger): Promise<RunningPlatform> {
  return opening(async (closers) => {
    const { keyPepper } = await loadSecrets(config);
    const tracer = await openTracer({ config, logger, closers });
    const options = { config, tracer, logger, closers, ...urls };
    const redis = await openRedis(options);
    const cached = { ...options, cache: createEntityCache(redis) };
    const accounts = closers.add(await openAccounts(cached, keyPepper));
    const chains = await openChainWork(options);
    const wallets = closers.add(await openWallets({ ...cached, networks: chains.networks }));
    if (urls.chainUrl !== undefined) closers.add(fillLocalTank(urls.databaseUrl, urls.chainUrl, logger));
    const payments = closers.add(await openPayments(options));
    const banks = await openConfiguredBanks(options);
    const cash = await openCash(options);
    // A Redis that somebody gave us may have other readers, and other routers that share budgets; our own has none.
    const shared = config.redisUrl === undefined ? null : redis;
    await openRelay(options, redis, { paceMs: relayPaceMs, copies: shared !== null });
    const webhooks = await openWebhooks(options);
    const router = await openRouter({
      config,
      logger,
      closers,
      redis: shared,
      tracer,
      transports: [accounts, wallets, payments].map(createLocalTransport),
      authenticator: accounts,
      // One process needs no copy of the outbox to read: a hop less, half the latency.
      feed: await openFeed(options, null),
      gauge: (registry) => {
        chains.gauge(registry);
        webhooks.gauge(registry);
        banks.gauge(registry);
        cash.gauge(registry);
      },
    });
    const credentials = await provideCredentials({
      databaseUrl: urls.databaseUrl,
      keyPepper,
      folder: config.folder,
      chainUrl: urls.chainUrl,
      graphqlUrl: router.url,
      wsUrl: router.wsUrl,
      isValidKey: async (key) => (await accounts.authenticate(key)) !== null,
    });
    return { credentials, stop: () => closers.close() };
  });
}

/** The code of banks is loaded where one is connected. */
async function openConfiguredBanks(parts: Parameters<typeof openChainWork>[0]) {
  const { simulatorUrl, callbackUrl, banksFile } = parts.config.bank;
  const isSimulated = simulatorUrl !== undefined && callbackUrl !== undefined;
  if (!isSimulated && banksFile === undefined) return { gauge: () => undefined };
  const { openBanks } = await import('./bank.ts');
  if (!isSimulated) return await openBanks(parts, null);
  const { hostname: host, port } = new URL(callbackUrl);
  return await openBanks(parts, { host, port: Number.parseInt(port, 10) });
}
