import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../out/outbox.ts';

/** What a file is read up to. */
export const INBOX_BYTES_MAX = 20_000_000;
/** Entries of the folder that are looked at in one round, and files that are read. */
const ENTRIES_MAX = 10_000;
export const INBOX_FILES_MAX = 64;
const NAME_LENGTH_MAX = 200;
const FOLDER_MODE = 0o700;
const OWNER_ONLY = 0o600;
/** What programs call a file while they write it. */
const UNFINISHED = ['.tmp', '.part', '.partial', '.filepart', '.writing'];

export type InboxPlace = 'done' | 'failed';

/** A file that lies still. */
export interface StillFile {
  readonly name: string;
  readonly size: number;
}

interface Look {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sinceMs: number;
}

/**
 * A folder that a bank fills. What begins with a point or has the name of something unfinished is not looked at; another
 * file is read once size and time have stayed as they are for a while, as seen by this process. Links are never followed.
 */
export class InboxFolder {
  readonly #folder: string;
  readonly #settledMs: number;
  #looks = new Map<string, Look>();

  constructor(folder: string, settledMs: number) {
    this.#folder = folder;
    this.#settledMs = settledMs;
  }

  /** Files that may be read now, by name. @param nowMs of a clock that only goes on */
  async still(nowMs: number): Promise<readonly StillFile[]> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const looks = new Map<string, Look>();
    const still: StillFile[] = [];
    for (const name of (await readdir(this.#folder)).sort().slice(0, ENTRIES_MAX)) {
      if (name.startsWith('.') || UNFINISHED.some((ending) => name.endsWith(ending))) continue;
      const found = await lstat(join(this.#folder, name)).catch(nullWhereGone);
      if (found === null || !found.isFile()) continue;
      const { size, mtimeMs } = found;
      const before = this.#looks.get(name);
      const isSame = before?.size === size && before.mtimeMs === mtimeMs;
      const look = { size, mtimeMs, sinceMs: isSame ? before.sinceMs : nowMs };
      looks.set(name, look);
      if (isSame && nowMs - look.sinceMs >= this.#settledMs) still.push({ name, size });
    }
    this.#looks = looks;
    return still.slice(0, INBOX_FILES_MAX);
  }

  /** The bytes; null when the file is gone or another by now. */
  async read({ name, size }: StillFile): Promise<Uint8Array | null> {
    const path = join(this.#folder, name);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(path, flags).catch(nullWhereGone);
    if (file === null) return null;
    try {
      const before = await file.stat();
      if (!before.isFile() || before.size !== size || size > INBOX_BYTES_MAX) return null;
      const bytes = await file.readFile();
      const after = await file.stat();
      return bytes.length === size && after.size === size && after.mtimeMs === before.mtimeMs ? bytes : null;
    } finally {
      await file.close();
    }
  }

  /** Puts a file away, under another name where its own is taken. Safe to repeat: one that is gone was put away. */
  async putAway(name: string, place: InboxPlace, digest: string, why?: string): Promise<void> {
    const folder = join(this.#folder, place);
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    // A bank may name files as it likes, and a folder takes 255 bytes.
    const kept = `${digest.slice(0, 12)}-${name.replace(/[^\w.-]/g, '_').slice(0, NAME_LENGTH_MAX)}`;
    if (why !== undefined) await writeFile(join(folder, `${kept}.why`), `${why}\n`, { mode: OWNER_ONLY });
    await rename(join(this.#folder, name), join(folder, kept)).catch(nullWhereGone);
    await syncFolder(folder);
  }
}

function nullWhereGone(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException;
  // ELOOP: it is a link by now, which is not followed.
  if (code === 'ENOENT' || code === 'ELOOP') return null;
  throw error;
}
