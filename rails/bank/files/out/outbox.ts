import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Another file stands under that name: nothing was written, and somebody has to look. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

const DRAFT_ENDING = '.tmp';
const DRAFT_AGE_MS = 3_600_000;
const OWNER_ONLY = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Puts a file into a folder that a bank empties. It is there whole or not at all: the bytes are on disk under a name that
 * begins with a point before they get their own, by a link that never replaces a file. Safe to repeat with the same bytes.
 *
 * @throws {NameTakenError} when a file with other bytes is there
 */
export async function putFile(folder: string, name: string, bytes: Uint8Array): Promise<'PUT' | 'THERE'> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  // A draft of its own: whoever lost the lease may be writing the same file at this moment.
  const [path, drafted] = [join(folder, name), join(folder, `.${name}.${randomUUID()}${DRAFT_ENDING}`)];
  await writeDurably(drafted, bytes);
  try {
    await link(drafted, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!(await hasBytes(path, bytes))) throw new NameTakenError(`another file is called ${name}`);
    return 'THERE';
  } finally {
    await unlink(drafted);
  }
  await syncFolder(folder);
  return 'PUT';
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function hasBytes(path: string, bytes: Uint8Array): Promise<boolean> {
  // Where the bank took it this moment, nobody knows what it was: the caller is told so, and tries again.
  return Buffer.compare(await readFile(path), bytes) === 0;
}

/** So that the name outlives a crash of the machine as the bytes do. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Takes away drafts that a crash left behind, once nobody can be writing them any more. Safe to repeat. */
export async function removeDrafts(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.') || !name.endsWith(DRAFT_ENDING)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > DRAFT_AGE_MS) await unlink(path);
  }
}
