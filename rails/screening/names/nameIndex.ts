import { isOfOne, mayBeJoined, scoreNames } from './scoreNames.ts';
import { createTokenScan } from './tokenScan.ts';
import { tokensOf } from './tokensOf.ts';

export interface FoundName<Entry> {
  readonly entry: Entry;
  readonly name: string;
  readonly scorePercent: number;
}

/** Before the turns no longer fit, they begin anew. */
const TURN_MAX = 4_000_000_000;

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
  /** By number of a name: in which turn it was counted last, and how often since the question came. */
  let turns = new Uint32Array(0);
  let tallies = new Uint8Array(0);
  let turn = 0;

  /** How many of these tokens each name has, for those that have any; on arrays, as a first name is in thousands of names. */
  function countsOf(tokens: readonly string[]): readonly (readonly [number: number, count: number])[] {
    if (turns.length < listed.length || turn > TURN_MAX) {
      turns = new Uint32Array(listed.length);
      tallies = new Uint8Array(listed.length);
      turn = 0;
    }
    const touched: number[] = [];
    for (const token of tokens) {
      turn++;
      for (const at of scan.alike(token)) {
        for (const number of having[at] ?? []) {
          if (turns[number] === turn) continue;
          turns[number] = turn;
          const tally = tallies[number] ?? 0;
          tallies[number] = tally + 1;
          if (tally === 0) touched.push(number);
        }
      }
    }
    return touched.map((number) => {
      const count = tallies[number] ?? 0;
      tallies[number] = 0;
      return [number, count];
    });
  }

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
      const counts = countsOf(long);
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
