import type { Uuid } from '../../../platform/id.ts';
import type { BankRailName } from '../../port.ts';
import type { CivilDate } from '../calendar/civilDate.ts';
import type { Booking } from './item.ts';

/** What a Booking of ours was: a payout, one that came back, or money that arrived. */
export type BookingKind = 'PAID' | 'RETURNED' | 'ARRIVED';

/** A movement in our books that a bank's statement should have. */
export interface OurBooking {
  readonly kind: BookingKind;
  readonly orderId: Uuid | null;
  readonly receiptId: Uuid | null;
  readonly organizationId: Uuid;
  readonly adapter: string;
  readonly rail: BankRailName;
  readonly asset: string;
  /** Signed as the bank's: negative for what was paid. */
  readonly amountMinor: bigint;
  readonly endToEndId: string;
  readonly on: CivilDate;
  /** The line that it is; null while no statement has it. */
  readonly lineId: Uuid | null;
}

/** A line of a bank's statement as the comparison sees it, under lock. */
export interface TheirLine {
  readonly id: Uuid;
  readonly organizationId: Uuid | null;
  readonly adapter: string;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly endToEndId: string | null;
  readonly on: CivilDate;
  /** False for one whose Booking is known. */
  readonly isOpen: boolean;
  /** Old enough that what it is about should be in our books. */
  readonly isRipe: boolean;
  /** The open item about it, and which Booking that names. */
  readonly itemId: Uuid | null;
  readonly itemKind: string | null;
  readonly itemOrderId: Uuid | null;
  readonly itemReceiptId: Uuid | null;
}

export interface Sides {
  readonly ours: readonly OurBooking[];
  readonly theirs: readonly TheirLine[];
}

export function bookingKey({
  kind,
  orderId,
  receiptId,
}: Pick<OurBooking, 'kind' | 'orderId' | 'receiptId'>): string {
  return `${kind} ${orderId ?? receiptId}`;
}

/**
 * Both sides as `match` takes them. An asset of one account is not that of another: so that many accounts are compared
 * at once, and none with another's.
 */
export function ourSide(booking: OurBooking): Booking {
  return { ...sideOf(booking), id: bookingKey(booking) };
}

export function theirSide(line: TheirLine): Booking {
  return { ...sideOf(line), id: line.id };
}

function sideOf(of: OurBooking | TheirLine): Omit<Booking, 'id'> {
  const { adapter, organizationId, asset, amountMinor, on, endToEndId } = of;
  const account = `${adapter} ${organizationId ?? ''} ${asset}`;
  return { asset: account, amountMinor, on, endToEndId, counterparty: null };
}
