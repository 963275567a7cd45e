import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { ListEntry } from './entry.ts';
import { createList, type ScreeningList } from './list.ts';
import { type ReadRow, readCsv } from './readCsv.ts';
import { readLine } from './readLine.ts';

const VERSION_DIGITS = 16;
/** Some hundred thousand entries; more is no list but a mistake. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const LINES_IN_A_SLICE = 1_000;

/** The list cannot be read or believed: nobody knows who is clear until it can. */
export class ScreeningListError extends Error {
  override readonly name = 'ScreeningListError';
}

interface Reading {
  readonly stamp: string;
  readonly list: Promise<ScreeningList>;
}

/**
 * A file of entries, one a line: CSV (`readCsv`) where its name ends in `.csv`, else `readLine`. Blank lines and lines that
 * begin with # say nothing. Read again when it
 * changes: who asks meanwhile waits for the new one. A line that is no entry makes the whole list unbelievable, as an entry
 * that was meant must not be passed over. Its version is a digest of its bytes.
 *
 * @returns the list as the file is now. @throws {ScreeningListError}
 */
export function watchList(path: string): () => Promise<ScreeningList> {
  let reading: Reading | undefined;
  return async () => {
    const stamp = await stampOf(path);
    if (reading?.stamp === stamp) return await reading.list;
    const begun: Reading = { stamp, list: readList(path) };
    reading = begun;
    // What failed is tried again by whoever comes next.
    begun.list.catch(() => {
      if (reading === begun) reading = undefined;
    });
    return await begun.list;
  };
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true });
    return `${mtimeNs}/${size}/${ino}`;
  } catch {
    throw new ScreeningListError('the screening list cannot be read');
  }
}

async function readList(path: string): Promise<ScreeningList> {
  const bytes = await readFile(path).catch(() => {
    throw new ScreeningListError('the screening list cannot be read');
  });
  if (bytes.length > FILE_BYTES_MAX)
    throw new ScreeningListError(`the list has more than ${FILE_BYTES_MAX} bytes`);
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, VERSION_DIGITS);
  return await createList(version, await entriesOf(path, bytes.toString('utf8')));
}

async function entriesOf(path: string, text: string): Promise<readonly ListEntry[]> {
  const entries: ListEntry[] = [];
  for await (const { line, entry } of path.toLowerCase().endsWith('.csv') ? readCsv(text) : readLines(text)) {
    if (entry === null) throw new ScreeningListError(`line ${line} of the list is no entry`);
    entries.push(entry);
    if (entries.length % LINES_IN_A_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return entries;
}

function* readLines(text: string): Generator<ReadRow> {
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line !== '' && !line.startsWith('#')) yield { line: index + 1, entry: readLine(line) };
  }
}
