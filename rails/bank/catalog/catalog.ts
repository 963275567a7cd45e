import { brazil } from '../calendar/calendars/brazil.ts';
import { india } from '../calendar/calendars/india.ts';
import { mexico } from '../calendar/calendars/mexico.ts';
import { target2 } from '../calendar/calendars/target2.ts';
import { unitedKingdom } from '../calendar/calendars/unitedKingdom.ts';
import { unitedStates } from '../calendar/calendars/unitedStates.ts';
import { type BankCalendar, CALENDAR_CODES, type CalendarCode } from '../calendar/rules.ts';
import type { CatalogRailName, RailEntry, ReturnReason, ReturnWindow, Speed, SpeedCode } from './rail.ts';
import { ach } from './rails/ach.ts';
import { cashMxn, cashUsd } from './rails/cash.ts';
import { fps } from './rails/fps.ts';
import { pix } from './rails/pix.ts';
import { sepa } from './rails/sepa.ts';
import { spei } from './rails/spei.ts';
import { upi } from './rails/upi.ts';
import { wire } from './rails/wire.ts';

/** What is known of all rails, and when their banks work. */
export interface Catalog {
  readonly entries: readonly RailEntry[];
  readonly calendars: Readonly<Record<CalendarCode, BankCalendar>>;
}

export const CALENDARS: Readonly<Record<CalendarCode, BankCalendar>> = {
  US: unitedStates,
  TARGET2: target2,
  MX: mexico,
  BR: brazil,
  IN: india,
  GB: unitedKingdom,
};

export const ENTRIES: readonly RailEntry[] = [ach, wire, sepa, pix, spei, upi, fps, cashUsd, cashMxn];

/** As it is where no operator changed anything. */
export const BUILT_IN: Catalog = { entries: ENTRIES, calendars: CALENDARS };

export function isCalendarCode(code: unknown): code is CalendarCode {
  return CALENDAR_CODES.some((known) => known === code);
}

/** The entry of a rail in an Asset, or null where the rail does not carry it. */
export function findEntry(catalog: Catalog, rail: CatalogRailName, asset: string): RailEntry | null {
  return catalog.entries.find((entry) => entry.rail === rail && entry.asset === asset) ?? null;
}

/** A speed of an entry; without a code the one that is usual there. Null where the rail has no such speed. */
export function findSpeed(entry: RailEntry, code: SpeedCode | null): Speed | null {
  if (code === null) return entry.speeds[0] ?? null;
  return entry.speeds.find((speed) => speed.code === code) ?? null;
}

/** What a return code means on a rail, or null for one that its rules do not know. */
export function findReturnReason(entry: RailEntry, code: string): ReturnReason | null {
  return entry.returnReasons.find((reason) => reason.code === code) ?? null;
}

/** Until when that reason may bring money back; the rail's own window for a reason without one, or an unknown one. */
export function returnWindowOf(entry: RailEntry, code: string): ReturnWindow {
  return findReturnReason(entry, code)?.window ?? entry.returnWindow;
}
