import { readFile } from 'node:fs/promises';
import type { Logger } from '../../platform/log.ts';
import { pollFile } from '../pollFile.ts';
import { type Manifest, plainId, readManifest } from './manifest.ts';

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
  const { file, mode, logger, pollMs } = options;
  let manifest: Manifest | undefined;

  async function read(): Promise<void> {
    const before = manifest;
    try {
      manifest = readManifest(await readFile(file, 'utf8'));
    } catch (error) {
      if (before === undefined) throw error;
      const fault = (error as Error).message;
      logger.error({ file, fault }, 'the trusted documents cannot be read; those before stay');
      return;
    }
    if (before !== undefined)
      logger.info({ file, documents: manifest.size }, 'the trusted documents were replaced');
  }

  const poll = await pollFile({ file, read, pollMs });
  return { mode, textOf: (id) => manifest?.get(plainId(id)), stop: poll.stop };
}
