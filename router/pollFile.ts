import { stat } from 'node:fs/promises';

/** Files are looked at rather than watched: mounted volumes and symbolic links tell nobody that they changed. */
const POLL_MS = 1_000;

export interface FilePoll {
  /** Ends after the reading under way. */
  stop(): Promise<void>;
}

/**
 * Reads a file, and reads it again each time it has changed, one reading after the other. A file that is gone has
 * changed too.
 *
 * @param read what it throws the first time is thrown here; later it never rejects
 */
export async function pollFile(options: {
  readonly file: string;
  readonly read: () => Promise<void>;
  readonly pollMs?: number | undefined;
}): Promise<FilePoll> {
  const { file, read } = options;
  // Before it is read, so that a change meanwhile is seen.
  let seen = await stateOf(file);
  await read();
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const now = await stateOf(file);
    if (now === seen) return;
    seen = now;
    await read();
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = null;
    });
  }, options.pollMs ?? POLL_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

/** What changes with each write, or why the file cannot be looked at. */
async function stateOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
