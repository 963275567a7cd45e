import { join } from 'node:path';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { makeTemporaryFolder, removeFolder } from './embedded.ts';

/** A file vault with a key of its own, which is in memory only once it is open. */
export async function openTestVault(): Promise<KeyVault> {
  const folder = await makeTemporaryFolder();
  try {
    return await openFileVault(join(folder, 'kek'), 'create');
  } finally {
    await removeFolder(folder);
  }
}
