import { isAlike, likenessOf } from './likeness.ts';
import { WEAK_WORDS } from './words.ts';

/** Longer tokens say more, up to a length. */
const WEIGHT_MAX = 8;
const WEAK_WEIGHT = 1;
/** What a token too many costs: second names and patronymics are left out often. */
const EXTRA_COST = 0.3;
/** One token in common is no name in common. */
const SINGLE_MATCH_PERCENT_MAX = 80;
/** From here on two tokens together are taken for one: `abdul rahman`, `abdulrahman`. */
const JOINED_MIN = 0.95;
/** Letters by which they may be longer or shorter than the one. */
const JOINED_REACH = 2;

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly likeness: number;
}

/** How alike two names are, in whole percent, by their tokens in order of the alphabet; the same either way round. */
export function scoreNames(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const openA = new Set(a.keys());
  const openB = new Set(b.keys());
  const found = takeBest(pairsOf(a, b), openA, openB);
  let matched = 0;
  for (const pair of found) {
    matched += pair.likeness * (weightOf(a[pair.a]) + weightOf(b[pair.b]));
  }
  const joined = joinedWeight(a, b, openA, openB) + joinedWeight(b, a, openB, openA);
  let total = joined;
  for (const pair of found) total += weightOf(a[pair.a]) + weightOf(b[pair.b]);
  const restA = sumOf(a, openA);
  const restB = sumOf(b, openB);
  total += 2 * Math.min(restA, restB) + EXTRA_COST * Math.abs(restA - restB);
  const percent = total === 0 ? 0 : Math.floor((100 * (matched + joined)) / total);
  const isSingle = found.length < 2 && joined === 0 && !isOfOne(a, b);
  return isSingle ? Math.min(percent, SINGLE_MATCH_PERCENT_MAX) : percent;
}

function pairsOf(a: readonly string[], b: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const [i, one] of a.entries()) {
    for (const [j, other] of b.entries()) {
      const likeness = likenessOf(one, other);
      if (isAlike(one, other, likeness)) pairs.push({ a: i, b: j, likeness });
    }
  }
  // The likest first; among equals the longest, then by place, which the alphabet gives.
  const lengthOf = ({ a: i, b: j }: Pair): number => (a[i]?.length ?? 0) + (b[j]?.length ?? 0);
  return pairs.sort(
    (one, other) =>
      other.likeness - one.likeness || lengthOf(other) - lengthOf(one) || one.a + one.b - other.a - other.b,
  );
}

/** Each token once. What it takes is taken out of what is open. */
function takeBest(pairs: readonly Pair[], openA: Set<number>, openB: Set<number>): readonly Pair[] {
  return pairs.filter(({ a, b }) => {
    if (!openA.has(a) || !openB.has(b)) return false;
    openA.delete(a);
    openB.delete(b);
    return true;
  });
}

/** Weight, on both sides, of open tokens of `parts` that are one of `wholes` together; they are taken out. */
function joinedWeight(
  parts: readonly string[],
  wholes: readonly string[],
  openParts: Set<number>,
  openWholes: Set<number>,
): number {
  let weight = 0;
  for (const whole of [...openWholes]) {
    const text = wholes[whole] ?? '';
    const joined = findJoined(parts, openParts, text);
    if (joined === null) continue;
    openWholes.delete(whole);
    for (const part of joined) openParts.delete(part);
    weight += weightOf(text) + joined.reduce((sum, part) => sum + weightOf(parts[part]), 0);
  }
  return weight;
}

/** Whether two tokens of one side may be one of the other, by their lengths and first letters alone. */
export function mayBeJoined(a: readonly string[], b: readonly string[]): boolean {
  const [parts, wholes] = a.length > b.length ? [a, b] : [b, a];
  if (parts.length === wholes.length) return false;
  return wholes.some((whole) =>
    parts.some((first) => parts.some((second) => first !== second && isNear(first, second, whole))),
  );
}

function isNear(first: string, second: string, whole: string): boolean {
  return first[0] === whole[0] && Math.abs(first.length + second.length - whole.length) <= JOINED_REACH;
}

function findJoined(
  parts: readonly string[],
  open: ReadonlySet<number>,
  text: string,
): readonly number[] | null {
  for (const first of open) {
    for (const second of open) {
      if (first === second) continue;
      const [one = '', other = ''] = [parts[first], parts[second]];
      if (!isNear(one, other, text)) continue;
      if (likenessOf(`${one}${other}`, text) >= JOINED_MIN) return [first, second];
    }
  }
  return null;
}

function weightOf(token: string | undefined): number {
  if (token === undefined) return 0;
  return WEAK_WORDS.has(token) ? WEAK_WEIGHT : Math.min(token.length, WEIGHT_MAX);
}

function sumOf(tokens: readonly string[], open: ReadonlySet<number>): number {
  let sum = 0;
  for (const index of open) sum += weightOf(tokens[index]);
  return sum;
}

/** Whether there is but one token on either side that says something: one in common may then be all there is. */
export function isOfOne(a: readonly string[], b: readonly string[]): boolean {
  return strongCount(a) <= 1 && strongCount(b) <= 1;
}

function strongCount(tokens: readonly string[]): number {
  return tokens.filter((token) => !WEAK_WORDS.has(token)).length;
}
