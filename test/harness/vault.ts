import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';

let opened: Promise<KeyVault> | undefined;

/** One vault for all that a test file opens, as processes of one deployment share theirs. */
export function openTestVault(): Promise<KeyVault> {
  opened ??= openOwnVault();
  return opened;
}

async function openOwnVault(): Promise<KeyVault> {
  const folder = await mkdtemp(join(tmpdir(), 'omsx-vault-'));
  return await openFileVault(join(folder, 'seal.key'), 'create');
}
