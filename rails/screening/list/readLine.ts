import type { ListEntry } from './entry.ts';

const ADDRESS_PATTERN = /^0x[0-9a-f]{40}$/;
const NAMES_MAX = 100;
const PLACES_MAX = 1_000;
const TEXT_LENGTH_MAX = 300;
/** What an entry without one says. */
const LIST_NAME = 'LIST';

/**
 * An entry from a line: JSON with `id` and any of `names`, `aliases`, `addresses` and `accounts`; or an address alone, plain
 * or as JSON. Null for what is none of these.
 */
export function readLine(line: string): ListEntry | null {
  const value = /^[{"]/.test(line) ? parse(line) : line;
  if (typeof value === 'string') return ofAddress(value, null);
  if (!isObject(value)) return null;
  return 'address' in value ? readAddressLine(value) : readEntry(value);
}

/** An entry from its fields, or null. */
export function readEntry(value: Readonly<Record<string, unknown>>): ListEntry | null {
  const { id, list = LIST_NAME } = value;
  if (!isText(id) || !isText(list)) return null;
  const names = textsOf(value.names, NAMES_MAX);
  const aliases = textsOf(value.aliases, NAMES_MAX);
  const accounts = textsOf(value.accounts, PLACES_MAX);
  const addresses = addressesOf(value.addresses);
  if (names === null || aliases === null || accounts === null || addresses === null) return null;
  const entry = { id, list, names: [...names, ...aliases], addresses, accounts };
  // A line that names nobody was meant to name somebody.
  return entry.names.length + addresses.length + accounts.length === 0 ? null : entry;
}

function readAddressLine({ address, network = null }: Readonly<Record<string, unknown>>): ListEntry | null {
  if (typeof address !== 'string' || (network !== null && typeof network !== 'string')) return null;
  return ofAddress(address, network);
}

function ofAddress(text: string, network: string | null): ListEntry | null {
  const address = text.toLowerCase();
  if (!ADDRESS_PATTERN.test(address)) return null;
  return { id: address, list: LIST_NAME, names: [], addresses: [{ address, network }], accounts: [] };
}

function addressesOf(value: unknown): ListEntry['addresses'] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > PLACES_MAX) return null;
  const read = value.map((one: unknown) => {
    const { address, network = null } = isObject(one) ? one : { address: one };
    if (!isText(address) || (network !== null && !isText(network))) return null;
    return { address, network };
  });
  const known = read.filter((one) => one !== null);
  return known.length === read.length ? known : null;
}

function textsOf(value: unknown, max: number): readonly string[] | null {
  if (value === undefined) return [];
  return Array.isArray(value) && value.length <= max && value.every(isText) ? value : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_LENGTH_MAX;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
