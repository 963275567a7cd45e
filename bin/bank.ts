import type { Config } from '../platform/config.ts';
import { present } from '../platform/invariant.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { placeKeyOf } from '../rails/bank/externalAccounts/fingerprint.ts';
import type { SimulatorEndpoint } from '../rails/bank/simulator/client.ts';
import { startBankWork } from '../rails/bank/work.ts';
import type { Parts } from './parts.ts';
import { loadSecrets } from './secrets.ts';
import { openVaultFor } from './vault.ts';

/** As many orders as are handed over at a time, and callbacks beside them. */
const POOL_MAX = 8;

const HAS_SEALED = statement('bank.has_sealed', 'select exists (select from bank.order) as "hasSealed"');

/** Hands orders to the bank that is configured. Gives the URL at which its callbacks are taken in. */
export async function startBank(parts: Parts): Promise<string> {
  const { host, port } = parts.config;
  return await openBankWork(parts, { host, port });
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
  const placeKey = placeKeyOf(config.keyPepper ?? (await loadSecrets(config)).keyPepper);
  const work = await startBankWork({
    ...{ database, databaseUrl, vault, placeKey, simulator, host, port, logger },
  });
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
