import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../platform/config.ts';
import { errnoOf } from '../platform/embedded/errors.ts';

/** What router and subgraphs of one deployment share. */
export interface Secrets {
  readonly viewerSecret: string;
  readonly keyPepper: string;
}

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

/**
 * The secrets of an installation that `omsx up` runs alone: those of the configuration, else those made at the
 * first start. Losing the file ends every API key, so it stands beside the data that it belongs to.
 */
export async function loadSecrets(config: Config): Promise<Secrets> {
  const kept = config.viewerSecret && config.keyPepper ? undefined : await keptSecrets(config.folder);
  return {
    viewerSecret: config.viewerSecret ?? (kept as Secrets).viewerSecret,
    keyPepper: config.keyPepper ?? (kept as Secrets).keyPepper,
  };
}

async function keptSecrets(folder: string): Promise<Secrets> {
  const path = join(folder, 'secrets.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Secrets;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const made: Secrets = { viewerSecret: makeSecret(), keyPepper: makeSecret() };
  await writePrivately(path, made);
  return made;
}

function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Written beside and renamed, so that a crash leaves the old file or the new one and never half of one. */
export async function writePrivately(path: string, content: unknown): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(content, null, 2)}\n`, { mode: OWNER_ONLY });
  await rename(partial, path);
}
