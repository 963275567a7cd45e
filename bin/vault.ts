import { type Config, ConfigError } from '../platform/config.ts';
import { type Database, openDatabase } from '../platform/postgres.ts';
import type { Statement } from '../platform/statement.ts';
import type { AwsCredentials } from '../platform/vault/awsKmsCall.ts';
import { createAwsKmsVault } from '../platform/vault/awsKmsVault.ts';
import { openFileVault } from '../platform/vault/fileVault.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';

/**
 * `openVault` for a role that looks itself whether anything is sealed already.
 *
 * @param options.hasSealed a statement that answers `hasSealed`, which the role may run
 * @throws {KeyVaultError | ConfigError}
 */
export async function openVaultFor(
  config: Config,
  options: { readonly databaseUrl: string; readonly role: string; readonly hasSealed: Statement },
): Promise<KeyVault> {
  const database = await openDatabase({ url: options.databaseUrl, role: options.role, poolMax: 1 });
  try {
    return await openVault(config, await answersSealed(database, options.hasSealed));
  } finally {
    await database.close();
  }
}

export async function answersSealed(database: Database, hasSealed: Statement): Promise<boolean> {
  const [row] = await database.write((tx) => tx.rows<{ readonly hasSealed: boolean }>(hasSealed));
  return row?.hasSealed === true;
}

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
