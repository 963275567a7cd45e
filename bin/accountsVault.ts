import type { Config } from '../platform/config.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { openVaultFor } from './vault.ts';

const HAS_SEALED = statement(
  'accounts.has_sealed',
  `select exists (select from bank.external_account)
       or exists (select from accounts.customer where wrapped_key is not null) as "hasSealed"`,
);

/** The vault that opens what accounts has sealed. @throws {KeyVaultError} when its key is gone and something is sealed */
export function openAccountsVault(config: Config, databaseUrl: string): Promise<KeyVault> {
  return openVaultFor(config, { databaseUrl, role: 'omsx_accounts_writer', hasSealed: HAS_SEALED });
}
