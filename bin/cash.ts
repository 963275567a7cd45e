import type { IncomingMessage } from 'node:http';
import { Registry } from 'prom-client';
import type { Config } from '../platform/config.ts';
import { present } from '../platform/invariant.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import type { SimulatorEndpoint } from '../rails/bank/simulator/client.ts';
import { gaugeCash } from '../rails/cash/metrics.ts';
import { type CashWorkOptions, startCashWork } from '../rails/cash/work.ts';
import type { Parts } from './parts.ts';
import { openVaultFor } from './vault.ts';
import { answerMetrics } from './worker.ts';

/** As many codes and pickups as are handed over at a time, and callbacks beside them. */
const POOL_MAX = 8;

const HAS_SEALED = statement('cash.has_sealed', 'select exists (select from cash.order) as "hasSealed"');

/** Hands codes and pickups to the counters that are configured. Gives the URL at which their callbacks are taken in. */
export async function startCash(parts: Parts): Promise<string> {
  const { host, port, metricsToken } = parts.config;
  const registry = new Registry();
  const answerOther = (request: IncomingMessage) => answerMetrics(request, metricsToken ?? null, registry);
  const { url, gauge } = await openCashWork(parts, { host, port, answerOther });
  gauge(registry);
  return url;
}

/** The same at a port of its own, in the process of others. */
export async function openCashWork(
  { config, databaseUrl, logger, closers }: Omit<Parts, 'redisUrl' | 'tracer'>,
  at: {
    readonly host: string;
    readonly port: number;
    readonly answerOther?: CashWorkOptions['answerOther'];
  },
): Promise<{ readonly url: string; readonly gauge: (registry: Registry) => void }> {
  const vault = await openCashVault(config, databaseUrl);
  const database = closers.add(
    await openDatabase({ url: databaseUrl, role: 'omsx_cash', poolMax: POOL_MAX }),
  );
  const simulator = countersOf(config);
  const work = await startCashWork({ database, databaseUrl, vault, simulator, logger, ...at });
  return { url: closers.add(work).url, gauge: (registry) => gaugeCash(registry, database) };
}

/** What seals codes and names. Where orders are kept a missing key file is a fault: a new one opens none of them. */
export function openCashVault(config: Config, databaseUrl: string): Promise<KeyVault> {
  return openVaultFor(config, { databaseUrl, role: 'omsx_cash', hasSealed: HAS_SEALED });
}

export function countersOf({ cash }: Config): SimulatorEndpoint {
  return {
    url: present(cash.simulatorUrl, 'OMSX_CASH_SIMULATOR_URL'),
    secret: present(cash.secret, 'OMSX_CASH_SECRET'),
  };
}
