import { readFile } from 'node:fs/promises';
import { type Config, ConfigError } from '../platform/config.ts';
import { present } from '../platform/invariant.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { startFileWork } from '../rails/bank/files/fileWork.ts';
import { type BankEntry, readBanks } from '../rails/bank/files/readBanks.ts';
import type { SimulatorEndpoint } from '../rails/bank/simulator/client.ts';
import { startBankWork } from '../rails/bank/work.ts';
import type { Parts } from './parts.ts';
import { openVaultFor } from './vault.ts';
import { serveHealth } from './worker.ts';

/** As many orders as are handed over at a time, and callbacks beside them. */
const POOL_MAX = 8;
/** Two directions, messages that are taken in at a time, and leases beside them. */
const POOL_MAX_PER_FILE_BANK = 6;

const HAS_SEALED = statement('bank.has_sealed', 'select exists (select from bank.order) as "hasSealed"');

/** Hands orders to the banks that are configured. Gives the URL of its health, at which callbacks are taken in as well. */
export async function startBank(parts: Parts): Promise<string> {
  const { host, port, bank } = parts.config;
  await openFileBanks(parts);
  if (bank.simulatorUrl === undefined) return await serveHealth(parts);
  return await openBankWork(parts, { host, port });
}

/** Works for every bank by files that the operator's file names. */
export async function openFileBanks({
  config,
  databaseUrl,
  logger,
  closers,
}: Omit<Parts, 'redisUrl' | 'tracer'>): Promise<void> {
  const banks = (await readBanksOf(config)).flatMap((entry) => (entry.kind === 'files' ? [entry.bank] : []));
  if (banks.length === 0) return;
  const vault = await openBankVault(config, databaseUrl);
  const poolMax = POOL_MAX_PER_FILE_BANK * banks.length;
  const database = closers.add(await openDatabase({ url: databaseUrl, role: 'omsx_bank', poolMax }));
  for (const bank of banks) closers.add(startFileWork({ database, databaseUrl, vault, bank, logger }));
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

/** The same at a port of its own, in the process of others. */
export async function openBankWork(
  { config, databaseUrl, logger, closers }: Omit<Parts, 'redisUrl' | 'tracer'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  const vault = await openBankVault(config, databaseUrl);
  const database = closers.add(
    await openDatabase({ url: databaseUrl, role: 'omsx_bank', poolMax: POOL_MAX }),
  );
  const simulator = simulatorOf(config);
  const work = await startBankWork({ database, databaseUrl, vault, simulator, host, port, logger });
  return closers.add(work).url;
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
