import type { CivilDate } from '../calendar/civilDate.ts';

/** A movement of money as one side has it: a Transaction of ours, or a line of a bank's statement. */
export interface Booking {
  /** Of this booking alone, on its side. */
  readonly id: string;
  readonly asset: string;
  /** Positive when our account at the bank gets it. */
  readonly amountMinor: bigint;
  readonly on: CivilDate;
  /** What both sides were told; null where there is none. A return has the id of what came back. */
  readonly endToEndId: string | null;
  /** Name or account of the other side, as far as it is known. */
  readonly counterparty: string | null;
}

/** What comparing two sides says of every booking; each booking is in exactly one. */
export type MatchItem =
  | {
      readonly kind: 'MATCHED';
      readonly ours: Booking;
      readonly theirs: Booking;
      /** Why we think so, the surest first. */
      readonly by: 'END_TO_END_ID' | 'COUNTERPARTY' | 'AMOUNT_AND_DATE';
    }
  /** The bank has it and we do not. */
  | { readonly kind: 'MISSING_OURS'; readonly theirs: Booking }
  /** We have it and the bank does not. */
  | { readonly kind: 'MISSING_THEIRS'; readonly ours: Booking }
  | {
      readonly kind: 'AMOUNT_DIFFERS';
      readonly ours: Booking;
      readonly theirs: Booking;
      /** Theirs less ours. */
      readonly differenceMinor: bigint;
    }
  /** More than one booking of a side has an end-to-end id that both sides know. */
  | {
      readonly kind: 'DUPLICATE';
      readonly ours: readonly Booking[];
      readonly theirs: readonly Booking[];
      /** Theirs less ours. */
      readonly differenceMinor: bigint;
    }
  /** These go together in more than one way; a person has to say in which. */
  | { readonly kind: 'AMBIGUOUS'; readonly ours: readonly Booking[]; readonly theirs: readonly Booking[] };

export type MatchKind = MatchItem['kind'];

/** In order of the first day in them, then of ids: the same whatever order the bookings came in. */
export function inOrder(items: readonly MatchItem[]): readonly MatchItem[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

/** Movements of both sides in an item. */
export function sidesOf(item: MatchItem): {
  readonly ours: readonly Booking[];
  readonly theirs: readonly Booking[];
} {
  const ours = 'ours' in item ? [item.ours].flat() : [];
  const theirs = 'theirs' in item ? [item.theirs].flat() : [];
  return { ours, theirs };
}

function keyOf(item: MatchItem): string {
  const { ours, theirs } = sidesOf(item);
  const days = [...ours, ...theirs].map(({ on }) => on).sort();
  return JSON.stringify([days[0], item.kind, ours.map(({ id }) => id), theirs.map(({ id }) => id)]);
}
