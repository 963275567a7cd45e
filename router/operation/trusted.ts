import { readFile, stat } from 'node:fs/promises';
import type { Logger } from '../../platform/log.ts';
import { type Manifest, plainId, readManifest } from './manifest.ts';

/** Looked at rather than watched: mounted volumes and symbolic links tell nobody that they changed. */
const POLL_MS = 1_000;

/** Whether the documents of the list may be asked for by id beside any text, or are all that is run. */
export type TrustedMode = 'allow' | 'only';

/** The documents that a deployment's own clients were built with. */
export interface TrustedDocuments {
  readonly mode: TrustedMode;
  /** The text of a document; undefined for an id that is not listed. With or without the prefix `sha256:`. */
  textOf(id: string): string | undefined;
  stop(): Promise<void>;
}

/**
 * Reads the list and follows the file as it changes. A file that is broken or gone later leaves the list before in place
 * and is told once.
 *
 * @throws {ManifestError} for a file that is no such list, and whatever reading it throws
 */
export async function openTrustedDocuments(options: {
  readonly file: string;
  readonly mode: TrustedMode;
  readonly logger: Logger;
  readonly pollMs?: number;
}): Promise<TrustedDocuments> {
  const { file, mode, logger } = options;
  let seen = await stateOf(file);
  let manifest: Manifest = readManifest(await readFile(file, 'utf8'));
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const now = await stateOf(file);
    if (now === seen) return;
    seen = now;
    try {
      manifest = readManifest(await readFile(file, 'utf8'));
      logger.info({ file, documents: manifest.size }, 'the trusted documents were replaced');
    } catch (error) {
      const fault = (error as Error).message;
      logger.error({ file, fault }, 'the trusted documents cannot be read; those before stay');
    }
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = null;
    });
  }, options.pollMs ?? POLL_MS).unref();

  return {
    mode,
    textOf: (id) => manifest.get(plainId(id)),
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
