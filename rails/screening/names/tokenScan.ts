import { jaroWinkler } from './jaroWinkler.ts';
import { likenessOf, soundsAlike, TOKEN_MIN } from './likeness.ts';
import { soundOf } from './soundOf.ts';

/**
 * The distinct tokens of a list. All of them are compared with what is asked, so that no index decides what is never
 * found; what cannot be alike is seen from the letters and their number alone (10 ns a token, as measured).
 */
export interface TokenScan {
  /** Number of a token, of a new one if it is not there yet. */
  add(token: string): number;
  /** Numbers of the tokens that may stand for this one. */
  alike(token: string): readonly number[];
}

/** Answers that are kept: names come again, and a customer's own names are asked for with each payment. */
const REMEMBERED_MAX = 5_000;
const LETTER_A = 97;
const LETTERS = 26;
/**
 * By the letters that two tokens begin with together: which parts of both have to be letters in common, or they cannot
 * come to TOKEN_MIN (3 x - 1 for the x of Jaro that Winkler lifts to it; see jaroWinkler.ts).
 */
const COMMON_MIN = [0, 1, 2, 3, 4].map(
  (prefix) => (3 * (TOKEN_MIN - 0.1 * prefix)) / (1 - 0.1 * prefix) - 1.0001,
);
const PREFIX_MAX = 4;

export function createTokenScan(): TokenScan {
  const known: Known = { tokens: [], masks: [], lengths: [], again: [], firsts: [] };
  const numbers = new Map<string, number>();
  const sounds = new Map<string, number[]>();
  const remembered = new Map<string, readonly number[]>();
  return {
    add(token) {
      const before = numbers.get(token);
      if (before !== undefined) return before;
      const number = keep(known, token);
      numbers.set(token, number);
      const sound = soundOf(token);
      const same = sounds.get(sound);
      if (same !== undefined) same.push(number);
      else if (soundsAlike(sound, sound)) sounds.set(sound, [number]);
      remembered.clear();
      return number;
    },
    alike(token) {
      const before = remembered.get(token);
      if (before !== undefined) return before;
      const found = scan(known, token);
      for (const number of sounds.get(soundOf(token)) ?? []) {
        if (likenessOf(token, known.tokens[number] ?? '') >= TOKEN_MIN) found.add(number);
      }
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      const answer = [...found];
      remembered.set(token, answer);
      return answer;
    },
  };
}

/** By number of token; apart, so that looking at all of them reads numbers that lie side by side. */
interface Known {
  readonly tokens: string[];
  readonly masks: number[];
  readonly lengths: number[];
  /** Letters that occur in it already. */
  readonly again: number[];
  readonly firsts: number[];
}

function keep(known: Known, token: string): number {
  const mask = maskOf(token);
  known.masks.push(mask);
  known.lengths.push(token.length);
  known.again.push(token.length - bitsOf(mask));
  known.firsts.push(token.charCodeAt(0));
  return known.tokens.push(token) - 1;
}

function scan({ tokens, masks, lengths, again, firsts }: Known, token: string): Set<number> {
  const found = new Set<number>();
  const mask = maskOf(token);
  const { length } = token;
  const ownAgain = length - bitsOf(mask);
  const first = token.charCodeAt(0);
  const [withoutPrefix = 0] = COMMON_MIN;
  for (let number = 0; number < tokens.length; number++) {
    const otherLength = lengths[number] ?? 0;
    const common = bitsOf(mask & (masks[number] ?? 0)) + Math.min(ownAgain, again[number] ?? 0);
    const parts = common / length + common / otherLength;
    const isFirst = firsts[number] === first;
    if (parts < (isFirst ? (COMMON_MIN[PREFIX_MAX] ?? 0) : withoutPrefix)) continue;
    const other = tokens[number] ?? '';
    if (isFirst && parts < (COMMON_MIN[prefixOf(token, other)] ?? 0)) continue;
    // Those that sound the same are found by their sound.
    if (jaroWinkler(token, other) >= TOKEN_MIN) found.add(number);
  }
  return found;
}

function prefixOf(one: string, other: string): number {
  let prefix = 0;
  while (prefix < PREFIX_MAX && prefix < one.length && one[prefix] === other[prefix]) prefix++;
  return prefix;
}

/** A bit for each letter that occurs; the last few stand for all that are not Latin. */
function maskOf(token: string): number {
  let mask = 0;
  for (let index = 0; index < token.length; index++) {
    const letter = token.charCodeAt(index) - LETTER_A;
    mask |= 1 << (letter >= 0 && letter < LETTERS ? letter : LETTERS + (token.charCodeAt(index) % 6));
  }
  return mask;
}

function bitsOf(mask: number): number {
  let bits = mask - ((mask >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
