import { addDays, type CivilDate } from './civilDate.ts';
import { isBusinessDay } from './holidays.ts';
import type { BankCalendar } from './rules.ts';

/** No bank rests this long; an operator's file that says so is mistaken. */
const REST_DAYS_MAX = 60;

/** A calendar in which no business day comes within two months. */
export class CalendarError extends Error {
  override readonly name = 'CalendarError';
}

/**
 * The first business day on or after a day.
 *
 * @throws {CalendarError} when none comes within 60 days
 */
export function businessDayFrom(calendar: BankCalendar, date: CivilDate): CivilDate {
  let day = date;
  for (let passed = 0; passed <= REST_DAYS_MAX; passed++) {
    if (isBusinessDay(calendar, day)) return day;
    day = addDays(day, 1);
  }
  throw new CalendarError(
    `calendar ${calendar.code} has no business day within ${REST_DAYS_MAX} days of ${date}`,
  );
}

/**
 * The day that is so many business days after one; with 0 the day itself, or the first business day after it.
 *
 * @param count 0 or more
 * @throws {CalendarError}
 */
export function addBusinessDays(calendar: BankCalendar, date: CivilDate, count: number): CivilDate {
  let day = businessDayFrom(calendar, date);
  for (let left = count; left > 0; left--) day = businessDayFrom(calendar, addDays(day, 1));
  return day;
}
