import { type Config, ConfigError } from '../platform/config.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { AwsCredentials } from '../platform/vault/awsKmsCall.ts';
import { createAwsKmsVault } from '../platform/vault/awsKmsVault.ts';
import { openFileVault } from '../platform/vault/fileVault.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';

/**
 * The vault that the configuration names: AWS KMS, else a key file, which is made where nothing is sealed yet.
 *
 * @param hasSealed true where the database has sealed seeds: a missing file is a fault then, as a new one opens nothing
 * @throws {KeyVaultError | ConfigError}
 */
export async function openVault({ kmsKeyId, keyFile, aws }: Config, hasSealed: boolean): Promise<KeyVault> {
  if (kmsKeyId === undefined) return await openFileVault(keyFile, hasSealed ? 'refuse' : 'create');
  const { region, accessKeyId, secretAccessKey, sessionToken } = aws;
  if (region === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new ConfigError([
      'OMSX_KMS_KEY_ID needs AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY beside it',
    ]);
  }
  const credentials: AwsCredentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  return createAwsKmsVault({ keyId: kmsKeyId, region, credentials: async () => credentials });
}

const HAS_SEALED_CUSTOMERS = statement(
  'accounts.has_sealed_customers',
  'select exists (select from accounts.customer where wrapped_key is not null) as "hasSealed"',
);

/** Whether a vault has to be the one that there was: a new key would open nothing of what is known of customers. */
export async function hasSealedCustomers(databaseUrl: string): Promise<boolean> {
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_accounts_writer', poolMax: 1 });
  try {
    const [row] = await database.write((tx) => tx.rows<{ hasSealed: boolean }>(HAS_SEALED_CUSTOMERS));
    return row?.hasSealed === true;
  } finally {
    await database.close();
  }
}
