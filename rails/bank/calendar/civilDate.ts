import { invariant } from '../../../platform/invariant.ts';

/** A day of the Gregorian calendar without a time or a zone, as `2026-07-04`. Such days compare as strings do. */
export type CivilDate = string;

const PATTERN = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const DAY_MS = 86_400_000;

/** The day that a text names, or null when there is no such day. */
export function findDate(text: string): CivilDate | null {
  if (!PATTERN.test(text)) return null;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text) ? text : null;
}

/** @param month 1 to 12 */
export function dateOf(year: number, month: number, day: number): CivilDate {
  return dateOfNumber(Date.UTC(year, month - 1, day) / DAY_MS);
}

/** Days since 1970-01-01, so that days can be added and compared. */
export function numberOfDate(date: CivilDate): number {
  invariant(PATTERN.test(date), `${date} is no date`);
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS;
}

export function dateOfNumber(days: number): CivilDate {
  return new Date(days * DAY_MS).toISOString().slice(0, 10);
}

export function addDays(date: CivilDate, days: number): CivilDate {
  return dateOfNumber(numberOfDate(date) + days);
}

/** 0 is Sunday, 6 Saturday. */
export function weekdayOf(date: CivilDate): number {
  return new Date(numberOfDate(date) * DAY_MS).getUTCDay();
}

export function yearOf(date: CivilDate): number {
  return Number(date.slice(0, 4));
}
