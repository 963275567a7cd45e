import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Screening, ScreeningAnswer } from './screening.ts';

const ADDRESS_PATTERN = /^0x[0-9a-f]{40}$/;
const VERSION_DIGITS = 16;
/** A list of a million addresses; more is no list but a mistake. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** The list cannot be read or believed. Nothing is sent until it can. */
export class ScreeningListError extends Error {
  override readonly name = 'ScreeningListError';
}

interface List {
  readonly version: string;
  /** `address`, or `NETWORK address` for an entry of one Network. */
  readonly entries: ReadonlySet<string>;
  readonly stamp: string;
}

/**
 * Screening by a file of addresses that nothing may go to: one a line, plain or as JSON (a string, or an object with
 * `address` and perhaps `network`); blank lines and lines that begin with # say nothing. Read again when it changes.
 * A line that is none of these makes the whole list unbelievable: an entry that was meant must not be passed over.
 */
export function createListFileScreening(path: string): Screening {
  let list: Promise<List> | undefined;
  return {
    async screen(address, network): Promise<ScreeningAnswer> {
      const stamp = await stampOf(path);
      if (list === undefined || (await list.catch(() => null))?.stamp !== stamp) list = readList(path, stamp);
      const { entries, version } = await list;
      const wanted = address.toLowerCase();
      const isListed = entries.has(wanted) || entries.has(`${network} ${wanted}`);
      return { outcome: isListed ? 'REFUSED' : 'CLEAR', list: version };
    },
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

async function readList(path: string, stamp: string): Promise<List> {
  const bytes = await readFile(path).catch(() => {
    throw new ScreeningListError('the screening list cannot be read');
  });
  if (bytes.length > FILE_BYTES_MAX)
    throw new ScreeningListError(`the list has more than ${FILE_BYTES_MAX} bytes`);
  const entries = new Set<string>();
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const entry = entryOf(text);
    if (entry === null) throw new ScreeningListError(`line ${index + 1} of the list is not an address`);
    entries.add(entry);
  }
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, VERSION_DIGITS);
  return { version, entries, stamp };
}

function entryOf(text: string): string | null {
  const value = /^[{"]/.test(text) ? parse(text) : text;
  const { address, network } = (typeof value === 'object' && value !== null ? value : { address: value }) as {
    readonly address?: unknown;
    readonly network?: unknown;
  };
  if (typeof address !== 'string' || !ADDRESS_PATTERN.test(address.toLowerCase())) return null;
  if (network === undefined || network === null) return address.toLowerCase();
  return typeof network === 'string' ? `${network} ${address.toLowerCase()}` : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
