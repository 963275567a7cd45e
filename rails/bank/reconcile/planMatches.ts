import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Booking, MatchItem } from './item.ts';
import { match } from './match.ts';
import { bookingKey, type OurBooking, ourSide, type Sides, type TheirLine, theirSide } from './sides.ts';

/** How many days apart a line without an id and our Booking may be. */
export const WINDOW_DAYS = 3;

export type LineItemKind = 'MISSING_OURS' | 'AMOUNT_DIFFERS' | 'DUPLICATE' | 'AMBIGUOUS';

/** A line that is not explained: what is to be known of it, and the Booking that it has to do with. */
export interface WantedItem {
  readonly line: TheirLine;
  readonly kind: LineItemKind;
  readonly booking: OurBooking | null;
  /** Theirs less what our books will have of it. */
  readonly differenceMinor: bigint;
}

export interface Plan {
  readonly matches: readonly { readonly line: TheirLine; readonly booking: OurBooking }[];
  readonly items: readonly WantedItem[];
  /** Open items that are not right any more, though their line is still open. */
  readonly superseded: readonly Uuid[];
}

/**
 * What to do about open lines. The same for the same sides, in whatever order they come: of several lines of one
 * Booking the one that has it keeps it, else the earliest of the right amount gets it, and the others are DUPLICATE. Pure.
 */
export function planMatches({ ours, theirs }: Sides): Plan {
  const bookings = new Map(ours.map((one) => [bookingKey(one), one]));
  const lines = new Map<string, TheirLine>(theirs.map((line) => [line.id, line]));
  const ourOf = ({ id }: Booking) => present(bookings.get(id), `booking ${id}`);
  const lineOf = ({ id }: Booking) => present(lines.get(id), `line ${id}`);
  const found = match(ours.map(ourSide), theirs.map(theirSide), { windowDays: WINDOW_DAYS });
  const matches: Plan['matches'][number][] = [];
  const wanted: WantedItem[] = [];
  for (const item of found) {
    const told = tell(item, ourOf, lineOf);
    matches.push(...told.matches);
    wanted.push(...told.items);
  }
  const items = wanted.filter(({ line, kind }) => line.isOpen && (line.isRipe || kind !== 'MISSING_OURS'));
  return {
    matches: matches.filter(({ line, booking }) => line.isOpen && booking.lineId === null),
    items: items.filter((one) => !isOpenAlready(one)),
    superseded: items.flatMap((one) => (isOpenAlready(one) ? [] : (one.line.itemId ?? []))),
  };
}

type Told = Pick<Plan, 'matches' | 'items'>;

function tell(
  item: MatchItem,
  ourOf: (booking: Booking) => OurBooking,
  lineOf: (booking: Booking) => TheirLine,
): Told {
  switch (item.kind) {
    case 'MATCHED':
    case 'AMOUNT_DIFFERS':
      return tellSameId([lineOf(item.theirs)], ourOf(item.ours));
    case 'DUPLICATE':
      return tellSameId(item.theirs.map(lineOf), ourOf(present(item.ours[0], 'a booking with the id')));
    case 'MISSING_OURS':
      return { matches: [], items: [unknown(lineOf(item.theirs), 'MISSING_OURS')] };
    case 'AMBIGUOUS':
      return { matches: [], items: item.theirs.map((one) => unknown(lineOf(one), 'AMBIGUOUS')) };
    // Whether a bank should have had it by now, its statements' reach tells.
    case 'MISSING_THEIRS':
      return { matches: [], items: [] };
  }
}

function unknown(line: TheirLine, kind: LineItemKind): WantedItem {
  return { line, kind, booking: null, differenceMinor: line.amountMinor };
}

/** Lines in the order of days and ids, as `match` gives them, that name one Booking. */
function tellSameId(lines: readonly TheirLine[], booking: OurBooking): Told {
  // The line that has it may be one without the id, which is not among these: found by its amount, or named by a person.
  const own = lines.find(({ id, isOpen, amountMinor }) =>
    booking.lineId === null ? isOpen && amountMinor === booking.amountMinor : id === booking.lineId,
  );
  const nearest = own ?? (booking.lineId === null ? lines[0] : undefined);
  const items = lines.flatMap((line): readonly WantedItem[] => {
    if (line === own) return [];
    const isFirst = line === nearest;
    const differenceMinor = isFirst ? line.amountMinor - booking.amountMinor : line.amountMinor;
    return [{ line, kind: isFirst ? 'AMOUNT_DIFFERS' : 'DUPLICATE', booking, differenceMinor }];
  });
  return { matches: own === undefined ? [] : [{ line: own, booking }], items };
}

function isOpenAlready({ line, kind, booking }: WantedItem): boolean {
  const { itemKind, itemOrderId, itemReceiptId } = line;
  return (
    itemKind === kind &&
    itemOrderId === (booking?.orderId ?? null) &&
    itemReceiptId === (booking?.receiptId ?? null)
  );
}
