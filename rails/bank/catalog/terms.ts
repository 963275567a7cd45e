import { present } from '../../../platform/invariant.ts';
import type { BankRailName } from '../../port.ts';
import { assetOfRail } from './bankRails.ts';
import { type Catalog, findEntry, findReturnReason, findSpeed } from './catalog.ts';
import type { RailEntry, Speed, SpeedCode } from './rail.ts';
import { returnableUntil, settlesBy } from './schedule.ts';

/** What a rail takes, and by when. */
export interface PaymentTerms {
  readonly kind: 'TAKEN';
  readonly speed: SpeedCode;
  /** When it should be settled, if all goes as the rail's rules have it. */
  readonly expectedBy: Date;
}

/** Why a rail does not take a payment. */
export type TermsFault =
  | { readonly kind: 'NO_SUCH_SPEED'; readonly offered: readonly SpeedCode[] }
  | {
      readonly kind: 'AMOUNT';
      readonly speed: SpeedCode;
      readonly amountMinorMin: bigint;
      readonly amountMinorMax: bigint;
    };

/** What is known of a rail between banks. */
export function entryOfRail(catalog: Catalog, rail: BankRailName): RailEntry {
  return present(findEntry(catalog, rail, assetOfRail(rail)), `the entry of ${rail}`);
}

interface AskedTerms {
  readonly rail: BankRailName;
  /** Null for the one that is usual there. */
  readonly speed: SpeedCode | null;
  /** Minor units of the rail's Asset. */
  readonly amountMinor: bigint;
}

/** The speed at which a rail takes a payment, or why it takes none, whatever the time. Pure. */
export function takenAt(catalog: Catalog, asked: AskedTerms): Speed | TermsFault {
  const entry = entryOfRail(catalog, asked.rail);
  const speed = findSpeed(entry, asked.speed);
  if (speed === null) return { kind: 'NO_SUCH_SPEED', offered: entry.speeds.map(({ code }) => code) };
  const { code, amountMinorMin, amountMinorMax } = speed;
  return isWithin(asked.amountMinor, speed)
    ? speed
    : { kind: 'AMOUNT', speed: code, amountMinorMin, amountMinorMax };
}

/**
 * What a rail makes of a payment that is handed in at `now`, and by when it settles. Pure.
 *
 * @throws {CalendarError} when the calendar has no business day in reach
 */
export function termsOf(catalog: Catalog, asked: AskedTerms, now: Date): PaymentTerms | TermsFault {
  const speed = takenAt(catalog, asked);
  if ('kind' in speed) return speed;
  return { kind: 'TAKEN', speed: speed.code, expectedBy: settlesBy(catalog, speed, { now: () => now }) };
}

function isWithin(amountMinor: bigint, { amountMinorMin, amountMinorMax }: Speed): boolean {
  return amountMinor >= amountMinorMin && amountMinor <= amountMinorMax;
}

/**
 * Until when money that was settled at `settledAt` may come back; null where it may not. A rail whose rules name no end
 * sends nothing back by itself: what comes later is a payment of its own.
 *
 * @throws {CalendarError}
 */
export function reversibleUntil(catalog: Catalog, rail: BankRailName, settledAt: Date): Date | null {
  const entry = entryOfRail(catalog, rail);
  return returnableUntil(catalog, entry, entry.returnWindow, settledAt);
}

/** What a code means by the rail's own rules, in words; null for one that they do not know. */
export function meaningOf(catalog: Catalog, rail: BankRailName, code: string): string | null {
  return findReturnReason(entryOfRail(catalog, rail), code)?.meaning ?? null;
}
