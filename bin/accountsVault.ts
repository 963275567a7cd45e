import type { Config } from '../platform/config.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { openVault } from './vault.ts';

const HAS_SEALED = statement(
  'accounts.has_sealed',
  `select exists (select from bank.external_account)
       or exists (select from accounts.customer where wrapped_key is not null) as "hasSealed"`,
);

/** The vault that opens what accounts has sealed. @throws {KeyVaultError} when its key is gone and something is sealed */
export async function openAccountsVault(config: Config, databaseUrl: string): Promise<KeyVault> {
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_accounts_writer', poolMax: 1 });
  try {
    const [row] = await database.write((tx) => tx.rows<{ hasSealed: boolean }>(HAS_SEALED));
    return await openVault(config, row?.hasSealed === true);
  } finally {
    await database.close();
  }
}
