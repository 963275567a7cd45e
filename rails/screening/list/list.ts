import { createNameIndex } from '../names/nameIndex.ts';
import { type ListedMatch, MATCHES_MAX, type ScreeningResult, type ScreeningSubject } from '../provider.ts';
import { accountKey, addressKey, type ListEntry } from './entry.ts';

/** Entries that can be asked for by what they name. */
export interface ScreeningList {
  readonly version: string;
  /** @param scoreMin percent from which on a name is a match */
  screen(subject: ScreeningSubject, scoreMin: number): ScreeningResult;
  /** Entries with this address, on any Network when none is named. */
  findAddress(address: string, network: string | null): readonly ListEntry[];
}

/** Entries that are taken in before others get their turn. */
const SLICE_MAX = 200;

/** Takes entries in with pauses, as a long list takes a second and the process has others to answer. */
export async function createList(version: string, entries: Iterable<ListEntry>): Promise<ScreeningList> {
  const names = createNameIndex<ListEntry>();
  const addresses = new Map<string, { readonly entry: ListEntry; readonly network: string | null }[]>();
  const accounts = new Map<string, ListEntry[]>();
  let taken = 0;
  for (const entry of entries) {
    for (const name of entry.names) names.add(entry, name);
    for (const { address, network } of entry.addresses)
      push(addresses, addressKey(address), { entry, network });
    for (const account of entry.accounts) push(accounts, accountKey(account), entry);
    if (++taken % SLICE_MAX === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const findAddress = (address: string, network: string | null): readonly ListEntry[] => {
    const found = addresses.get(addressKey(address)) ?? [];
    const isMeant = (one: string | null): boolean => one === null || network === null || one === network;
    return found.flatMap((one) => (isMeant(one.network) ? one.entry : []));
  };
  return {
    version,
    findAddress,
    screen(subject, scoreMin) {
      const matches: ListedMatch[] = [];
      for (const name of subject.names ?? []) {
        for (const { entry, name: listed, scorePercent } of names.find(name, scoreMin)) {
          matches.push({ list: entry.list, entry: entry.id, name: listed, scorePercent, field: 'NAME' });
        }
      }
      for (const { address, network } of subject.addresses ?? []) {
        matches.push(...findAddress(address, network).map((entry) => exact(entry, 'ADDRESS')));
      }
      for (const account of subject.accounts ?? []) {
        matches.push(...(accounts.get(accountKey(account)) ?? []).map((entry) => exact(entry, 'ACCOUNT')));
      }
      const best = bestOf(matches);
      return { outcome: best.length > 0 ? 'REVIEW' : 'CLEAR', listVersion: version, matches: best };
    },
  };
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function exact(entry: ListEntry, field: ListedMatch['field']): ListedMatch {
  return { list: entry.list, entry: entry.id, name: entry.names[0] ?? entry.id, scorePercent: 100, field };
}

/** Each entry once by each of its fields, the best first. */
function bestOf(matches: readonly ListedMatch[]): readonly ListedMatch[] {
  const sorted = [...matches].sort(
    (one, other) => other.scorePercent - one.scorePercent || compare(keyOf(one), keyOf(other)),
  );
  const seen = new Set<string>();
  const best = sorted.filter((match) => {
    const key = keyOf(match);
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
  return best.slice(0, MATCHES_MAX);
}

function keyOf({ list, entry, field }: ListedMatch): string {
  return `${field} ${list} ${entry}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
