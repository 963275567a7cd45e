import { numberOfDate } from '../calendar/civilDate.ts';
import { type Booking, inOrder, type MatchItem } from './item.ts';

export interface MatchOptions {
  /** How many days apart the two sides may have the same booking, where nothing better ties them. */
  readonly windowDays: number;
}

/** Movements of one side; a statement of a day has fewer, and what is more is compared in parts. */
export const BOOKINGS_MAX = 200_000;
/** Pairs that are looked at among bookings of one amount; beyond, all of them are one question for a person. */
const PAIRS_MAX = 1_000_000;
const WINDOW_DAYS_MAX = 60;

/** What cannot be compared: too much, or bookings that cannot be told apart. */
export class MatchInputError extends Error {
  override readonly name = 'MatchInputError';
}

interface Sides {
  readonly ours: readonly Booking[];
  readonly theirs: readonly Booking[];
}

/**
 * Compares our bookings with a bank's. First by end-to-end id, direction and asset; then, for bookings of which one
 * side has no id, by equal amount, days that are near, and counterparty: known to both sides first, then not against it.
 * What fits in more than one way is AMBIGUOUS, never guessed. The answer does not depend on the order of the input, and
 * has every booking exactly once.
 *
 * @throws {MatchInputError} for more than 200,000 bookings of a side, an id twice on a side, or a window above 60 days
 */
export function match(
  ours: readonly Booking[],
  theirs: readonly Booking[],
  { windowDays }: MatchOptions,
): readonly MatchItem[] {
  if (!Number.isInteger(windowDays) || windowDays < 0 || windowDays > WINDOW_DAYS_MAX)
    throw new MatchInputError(`a window of 0 to ${WINDOW_DAYS_MAX} days is expected`);
  for (const side of [ours, theirs]) requireDistinct(side);
  const byId = matchIds({ ours: sorted(ours), theirs: sorted(theirs) });
  const known = matchAlike(
    byId.rest,
    'COUNTERPARTY',
    (a, b) => isNear(a, b, windowDays) && isSameParty(a, b),
  );
  const near = matchAlike(
    known.rest,
    'AMOUNT_AND_DATE',
    (a, b) => isNear(a, b, windowDays) && isNotAgainst(a, b),
  );
  return inOrder([
    ...byId.items,
    ...known.items,
    ...near.items,
    ...near.rest.ours.map((one): MatchItem => ({ kind: 'MISSING_THEIRS', ours: one })),
    ...near.rest.theirs.map((one): MatchItem => ({ kind: 'MISSING_OURS', theirs: one })),
  ]);
}

interface Matched {
  readonly items: readonly MatchItem[];
  /** What nothing was said of. */
  readonly rest: Sides;
}

function requireDistinct(side: readonly Booking[]): void {
  if (side.length > BOOKINGS_MAX)
    throw new MatchInputError(`${BOOKINGS_MAX} bookings of a side at most are expected`);
  if (new Set(side.map(({ id }) => id)).size !== side.length)
    throw new MatchInputError('each booking of a side once is expected');
}

function sorted(side: readonly Booking[]): readonly Booking[] {
  return [...side].sort((a, b) => (a.on === b.on ? compare(a.id, b.id) : compare(a.on, b.on)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function matchIds(sides: Sides): Matched {
  const keyOf = ({ endToEndId, asset, amountMinor }: Booking): string | null =>
    endToEndId === null ? null : JSON.stringify([asset, amountMinor < 0n, endToEndId]);
  const groups = grouped(sides, keyOf);
  const items: MatchItem[] = [];
  const taken = new Set<Booking>();
  for (const { ours, theirs } of groups.values()) {
    const item = itemOfId(ours, theirs);
    if (item === null) continue;
    items.push(item);
    for (const one of [...ours, ...theirs]) taken.add(one);
  }
  return { items, rest: without(sides, taken) };
}

/** What bookings of one end-to-end id say, or null when only one side has it. */
function itemOfId(ours: readonly Booking[], theirs: readonly Booking[]): MatchItem | null {
  const [one] = ours;
  const [other] = theirs;
  if (one === undefined || other === undefined) return null;
  const differenceMinor = sumOf(theirs) - sumOf(ours);
  if (ours.length > 1 || theirs.length > 1) return { kind: 'DUPLICATE', ours, theirs, differenceMinor };
  return differenceMinor === 0n
    ? { kind: 'MATCHED', ours: one, theirs: other, by: 'END_TO_END_ID' }
    : { kind: 'AMOUNT_DIFFERS', ours: one, theirs: other, differenceMinor };
}

function sumOf(side: readonly Booking[]): bigint {
  return side.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

type Fits = (ours: Booking, theirs: Booking) => boolean;

/** Pairs bookings of equal amount that fit one another and nothing else. */
function matchAlike(sides: Sides, by: 'COUNTERPARTY' | 'AMOUNT_AND_DATE', fits: Fits): Matched {
  const groups = grouped(sides, ({ asset, amountMinor }) => `${asset} ${amountMinor}`);
  const items: MatchItem[] = [];
  const taken = new Set<Booking>();
  for (const { ours, theirs } of groups.values()) {
    for (const part of parts(ours, theirs, fits)) {
      const [one, ...moreOurs] = part.ours;
      const [other, ...moreTheirs] = part.theirs;
      if (one === undefined || other === undefined) continue;
      const isPair = moreOurs.length + moreTheirs.length === 0;
      items.push(isPair ? { kind: 'MATCHED', ours: one, theirs: other, by } : { kind: 'AMBIGUOUS', ...part });
      for (const booking of [...part.ours, ...part.theirs]) taken.add(booking);
    }
  }
  return { items, rest: without(sides, taken) };
}

/** Movements of one amount, in parts that have nothing to do with one another. */
function parts(ours: readonly Booking[], theirs: readonly Booking[], fits: Fits): readonly Sides[] {
  if (ours.length === 0 || theirs.length === 0) return [];
  if (ours.length * theirs.length > PAIRS_MAX) return [{ ours, theirs }];
  const left = new Set(theirs);
  const unseen = new Set(ours);
  const found: Sides[] = [];
  for (const start of ours) {
    if (!unseen.delete(start)) continue;
    const part = { ours: [start], theirs: [] as Booking[] };
    for (let at = 0, back = 0; at < part.ours.length || back < part.theirs.length; ) {
      const mine = part.ours[at];
      if (mine !== undefined) {
        at += 1;
        take(left, part.theirs, (one) => fits(mine, one));
        continue;
      }
      const their = part.theirs[back];
      back += 1;
      if (their !== undefined) take(unseen, part.ours, (one) => fits(one, their));
    }
    found.push({ ours: sorted(part.ours), theirs: sorted(part.theirs) });
  }
  return found;
}

function take(from: Set<Booking>, to: Booking[], isWanted: (booking: Booking) => boolean): void {
  for (const booking of [...from]) {
    if (!isWanted(booking)) continue;
    from.delete(booking);
    to.push(booking);
  }
}

/** Two ids that differ are two bookings, whatever else they have in common. */
function isNear(a: Booking, b: Booking, windowDays: number): boolean {
  if (a.endToEndId !== null && b.endToEndId !== null) return false;
  return Math.abs(numberOfDate(a.on) - numberOfDate(b.on)) <= windowDays;
}

function isSameParty(a: Booking, b: Booking): boolean {
  const name = partyKeyOf(a);
  return name !== null && name === partyKeyOf(b);
}

function isNotAgainst(a: Booking, b: Booking): boolean {
  const [name, other] = [partyKeyOf(a), partyKeyOf(b)];
  return name === null || other === null || name === other;
}

/** Banks write names in capitals, without marks, and with blanks of their own. */
function partyKeyOf({ counterparty }: Booking): string | null {
  const key =
    counterparty
      ?.normalize('NFKD')
      .replace(/[^\p{L}\p{N}]/gu, '')
      .toUpperCase() ?? '';
  return key === '' ? null : key;
}

function grouped(sides: Sides, keyOf: (booking: Booking) => string | null): ReadonlyMap<string, Sides> {
  const groups = new Map<string, { readonly ours: Booking[]; readonly theirs: Booking[] }>();
  for (const side of ['ours', 'theirs'] as const) {
    for (const booking of sides[side]) {
      const key = keyOf(booking);
      if (key === null) continue;
      const group = groups.get(key) ?? { ours: [], theirs: [] };
      groups.set(key, group);
      group[side].push(booking);
    }
  }
  return groups;
}

function without({ ours, theirs }: Sides, taken: ReadonlySet<Booking>): Sides {
  return { ours: ours.filter((one) => !taken.has(one)), theirs: theirs.filter((one) => !taken.has(one)) };
}
