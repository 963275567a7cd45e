import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Registry } from 'prom-client';
import { type Config, ConfigError } from '../platform/config.ts';
import { present } from '../platform/invariant.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { placeKeyOf } from '../rails/bank/externalAccounts/fingerprint.ts';
import { startFileWork } from '../rails/bank/files/fileWork.ts';
import { type BankEntry, readBanks } from '../rails/bank/files/readBanks.ts';
import { BankMeters } from '../rails/bank/metrics/bankMeters.ts';
import { gaugeBanks } from '../rails/bank/metrics/gaugeBanks.ts';
import { SIMULATOR, type SimulatorEndpoint } from '../rails/bank/simulator/client.ts';
import { type BankWorkOptions, startBankWork } from '../rails/bank/work.ts';
import type { AddGauges } from '../router/observability/metrics.ts';
import { gaugeProcess } from '../router/observability/processMetrics.ts';
import type { Parts } from './parts.ts';
import { loadSecrets } from './secrets.ts';
import { openVaultFor } from './vault.ts';
import { answerMetrics, serveHealth } from './worker.ts';

/** As many orders as are handed over at a time, and callbacks beside them. */
const POOL_MAX = 8;
/** Two directions, messages that are taken in at a time, and leases beside them. */
const POOL_MAX_PER_FILE_BANK = 6;
/** Whoever scrapes waits for nobody's work. */
const POOL_MAX_FOR_METRICS = 1;

const HAS_SEALED = statement('bank.has_sealed', 'select exists (select from bank.order) as "hasSealed"');

export interface BankWorks {
  /** Where callbacks are taken in; null where no bank calls back. */
  readonly url: string | null;
  /** Adds what is to be known of banks to the metrics of this process. */
  readonly gauge: AddGauges;
}

/** Hands orders to the banks that are configured. Gives the URL of its health and metrics, and of callbacks. */
export async function startBank(parts: Parts): Promise<string> {
  const { host, port, metricsToken } = parts.config;
  const registry = new Registry();
  gaugeProcess(registry);
  const answerOther = (request: IncomingMessage) => answerMetrics(request, metricsToken ?? null, registry);
  const { url, gauge } = await openBanks(parts, { host, port, answerOther });
  gauge(registry);
  return url ?? (await serveHealth(parts, registry));
}

/**
 * The same in the process of others.
 *
 * @param at where callbacks are taken in; null where nobody is told of such a place, and the simulated bank is left out
 */
export async function openBanks(
  { config, databaseUrl, logger, closers }: Omit<Parts, 'redisUrl' | 'tracer'>,
  at: Pick<BankWorkOptions, 'host' | 'port' | 'answerOther'> | null,
): Promise<BankWorks> {
  const banks = (await readBanksOf(config)).flatMap((entry) => (entry.kind === 'files' ? [entry.bank] : []));
  const isSimulated = config.bank.simulatorUrl !== undefined && at !== null;
  if (banks.length === 0 && !isSimulated) return { url: null, gauge: () => undefined };
  const vault = await openBankVault(config, databaseUrl);
  const poolMax = (isSimulated ? POOL_MAX : 0) + POOL_MAX_PER_FILE_BANK * banks.length + POOL_MAX_FOR_METRICS;
  const database = closers.add(await openDatabase({ url: databaseUrl, role: 'omsx_bank', poolMax }));
  const meters = new BankMeters();
  const { openPartyScreening } = await import('./screening.ts');
  const screening = openPartyScreening(config);
  const placeKey = placeKeyOf(config.keyPepper ?? (await loadSecrets(config)).keyPepper);
  const shared = { database, databaseUrl, vault, placeKey, meters, logger, screening };
  for (const bank of banks) closers.add(startFileWork({ ...shared, bank }));
  const simulated = isSimulated
    ? closers.add(await startBankWork({ ...shared, ...at, simulator: simulatorOf(config) }))
    : null;
  const adapters = [...banks.map(({ code }) => code), ...(isSimulated ? [SIMULATOR] : [])];
  return {
    url: simulated?.url ?? null,
    gauge(registry) {
      meters.register(registry);
      gaugeBanks(registry, { database, adapters, logger });
    },
  };
}

/** What the operator's file says of banks; nothing where there is none. @throws {BanksError | ConfigError} with every fault */
export async function readBanksOf({ bank }: Config): Promise<readonly BankEntry[]> {
  if (bank.banksFile === undefined) return [];
  let given: unknown;
  try {
    given = JSON.parse(await readFile(bank.banksFile, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`OMSX_BANKS_FILE cannot be read as JSON (${code ?? 'not JSON'})`]);
  }
  return readBanks(given);
}

/** What seals the details of accounts. Where orders are kept a missing key file is a fault: a new one opens none of them. */
export function openBankVault(config: Config, databaseUrl: string): Promise<KeyVault> {
  return openVaultFor(config, { databaseUrl, role: 'omsx_bank', hasSealed: HAS_SEALED });
}

export function simulatorOf({ bank }: Config): SimulatorEndpoint {
  return {
    url: present(bank.simulatorUrl, 'OMSX_BANK_SIMULATOR_URL'),
    secret: present(bank.secret, 'OMSX_BANK_SECRET'),
  };
}
