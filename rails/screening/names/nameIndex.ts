import { isOfOne, mayBeJoined, scoreNames } from './scoreNames.ts';
import { createTokenScan } from './tokenScan.ts';
import { tokensOf } from './tokensOf.ts';

export interface FoundName<Entry> {
  readonly entry: Entry;
  readonly name: string;
  readonly scorePercent: number;
}

interface Listed<Entry> {
  readonly entry: Entry;
  readonly name: string;
  readonly tokens: readonly string[];
  /** Tokens of more than a letter: what an index can find. */
  readonly longCount: number;
}

export interface NameIndex<Entry> {
  add(entry: Entry, name: string): void;
  /** All names that are alike at least so much, by whole percent from 81; in no order. */
  find(name: string, scoreMin: number): readonly FoundName<Entry>[];
}

/**
 * Names of a list. A name is compared with those that have two tokens in common with it, or the only one, or one beside two
 * that may be one: with fewer no score is above SINGLE_MATCH_PERCENT_MAX.
 */
export function createNameIndex<Entry>(): NameIndex<Entry> {
  const scan = createTokenScan();
  const listed: Listed<Entry>[] = [];
  /** Numbers of names by number of token. */
  const having: number[][] = [];
  return {
    add(entry, name) {
      const tokens = tokensOf(name);
      if (tokens.length === 0) return;
      const long = new Set(tokens.filter(isLong));
      const number = listed.push({ entry, name, tokens, longCount: long.size }) - 1;
      for (const token of long) {
        const at = scan.add(token);
        const names = having[at];
        if (names === undefined) having[at] = [number];
        else names.push(number);
      }
    },
    find(name, scoreMin) {
      const tokens = tokensOf(name);
      const long = [...new Set(tokens.filter(isLong))];
      const counts = new Map<number, number>();
      for (const token of long) {
        const seen = new Set(scan.alike(token).flatMap((at) => having[at] ?? []));
        for (const number of seen) counts.set(number, (counts.get(number) ?? 0) + 1);
      }
      const found: FoundName<Entry>[] = [];
      for (const [number, count] of counts) {
        const one = listed[number];
        if (one === undefined) continue;
        const isEnough = count >= Math.min(isOfOne(tokens, one.tokens) ? 1 : 2, long.length, one.longCount);
        if (!isEnough && !mayBeJoined(tokens, one.tokens)) continue;
        const scorePercent = scoreNames(tokens, one.tokens);
        if (scorePercent >= scoreMin) found.push({ entry: one.entry, name: one.name, scorePercent });
      }
      return found;
    },
  };
}

function isLong(token: string): boolean {
  return token.length > 1;
}
