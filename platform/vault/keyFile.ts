import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AEAD_KEY_BYTES } from './aead.ts';
import { KeyVaultError } from './keyVault.ts';
import { SecretBytes } from './secretBytes.ts';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;

export interface FileKey {
  /** `AEAD_KEY_BYTES` long; the caller zeroes them. */
  readonly bytes: Uint8Array;
}

/**
 * Reads a key file, and makes one with random bytes where there is none and `whenMissing` says so. The file appears
 * whole or not at all and is never written twice: of processes that start together one makes it and all read it.
 *
 * @throws {KeyVaultError} MISCONFIGURED, with the path and what is wrong with it
 */
export async function readOrCreateKeyFile(path: string, whenMissing: 'create' | 'refuse'): Promise<FileKey> {
  const found = await readKeyFile(path);
  if (found !== null) return found;
  if (whenMissing === 'refuse') {
    throw refused(path, 'is missing; bring it back from its backup, as a new one opens nothing');
  }
  await createKeyFile(path);
  const made = await readKeyFile(path);
  if (made === null) throw refused(path, 'was taken away while it was being made');
  return made;
}

async function readKeyFile(path: string): Promise<FileKey | null> {
  let file: FileHandle;
  try {
    // A link is refused: whoever may change it chooses the key.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    throw refused(path, code === 'ELOOP' ? 'is a symbolic link' : `cannot be opened (${code})`);
  }
  try {
    // Of the open file, not of the path, which may mean another one by now.
    const { mode, size, uid } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw refused(path, 'is not a file');
    if (uid !== process.geteuid?.()) throw refused(path, 'belongs to somebody else');
    if ((mode & OTHERS) !== 0) throw refused(path, 'may be reached by others than its owner; chmod 600 it');
    if (size !== AEAD_KEY_BYTES) throw refused(path, `has ${size} bytes and not ${AEAD_KEY_BYTES}`);
    return { bytes: await readWhole(file, path) };
  } finally {
    await file.close();
  }
}

async function readWhole(file: FileHandle, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(AEAD_KEY_BYTES);
  const { bytesRead } = await file.read(bytes, 0, AEAD_KEY_BYTES, 0);
  if (bytesRead !== AEAD_KEY_BYTES) throw refused(path, 'became shorter while it was read');
  return bytes;
}

/** A file of its own, written through to the disk, then given its name; the name is refused where one is already. */
async function createKeyFile(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  const key = SecretBytes.random(AEAD_KEY_BYTES);
  try {
    const file = await open(draft, 'wx', PRIVATE_FILE);
    try {
      await file.writeFile(key.reveal());
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw refused(path, `cannot be made (${codeOf(error)})`);
  } finally {
    key.wipe();
    await unlink(draft).catch(() => undefined);
  }
  await syncFolder(folder);
}

/** Without this the name of a new file may be lost with the power, and every seed that was sealed with it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refused(path: string, why: string): KeyVaultError {
  return new KeyVaultError('MISCONFIGURED', `the key file ${path} ${why}`);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
