import { addDays, type CivilDate, dateOf, weekdayOf, yearOf } from './civilDate.ts';
import { easterOf } from './easter.ts';
import type { BankCalendar, HolidayRule, WeekRest } from './rules.ts';

const SUNDAY = 0;
const SATURDAY = 6;
/** Whole years that are remembered for one calendar. */
const YEARS_KEPT_MAX = 64;
/** A substitute is found within days: no calendar has so many holidays in a row. */
const SUBSTITUTE_DAYS_MAX = 14;

const known = new WeakMap<BankCalendar, Map<number, ReadonlyMap<CivilDate, string>>>();

/** The closing days of a year by day, with their names, weekends left out unless a holiday falls on them. */
export function holidaysOf(calendar: BankCalendar, year: number): ReadonlyMap<CivilDate, string> {
  const years = known.get(calendar) ?? new Map<number, ReadonlyMap<CivilDate, string>>();
  known.set(calendar, years);
  const found = years.get(year);
  if (found !== undefined) return found;
  if (years.size >= YEARS_KEPT_MAX) years.clear();
  const holidays = compute(calendar, year);
  years.set(year, holidays);
  return holidays;
}

/** Whether banks work on that day. */
export function isBusinessDay(calendar: BankCalendar, date: CivilDate): boolean {
  if (calendar.open.includes(date)) return true;
  return !isWeekRest(calendar.weekRest, date) && !holidaysOf(calendar, yearOf(date)).has(date);
}

function compute(calendar: BankCalendar, year: number): ReadonlyMap<CivilDate, string> {
  const holidays = new Map<CivilDate, string>();
  const displaced: { readonly name: string; readonly date: CivilDate }[] = [];
  for (const rule of calendar.rules) {
    const date = dateIn(rule, year);
    if (date === null) continue;
    const weekday = weekdayOf(date);
    const isWeekend = weekday === SUNDAY || weekday === SATURDAY;
    holidays.set(date, rule.name);
    if (rule.substitute === 'SUNDAY_TO_MONDAY' && weekday === SUNDAY) {
      holidays.set(addDays(date, 1), `${rule.name} (observed)`);
    }
    if (rule.substitute === 'NEXT_FREE_WEEKDAY' && isWeekend) displaced.push({ name: rule.name, date });
  }
  for (const { name, date } of displaced) {
    holidays.set(nextFree(calendar, holidays, date), `${name} (substitute day)`);
  }
  for (const date of calendar.closed) if (yearOf(date) === year) holidays.set(date, 'closed');
  for (const date of calendar.open) holidays.delete(date);
  return holidays;
}

function nextFree(calendar: BankCalendar, taken: ReadonlyMap<CivilDate, string>, date: CivilDate): CivilDate {
  let next = date;
  for (let days = 0; days < SUBSTITUTE_DAYS_MAX; days++) {
    next = addDays(next, 1);
    if (!isWeekRest(calendar.weekRest, next) && !taken.has(next)) return next;
  }
  return next;
}

function dateIn(rule: HolidayRule, year: number): CivilDate | null {
  const { from, to, every } = rule;
  if ((from !== undefined && year < from) || (to !== undefined && year > to)) return null;
  if (every !== undefined && from !== undefined && (year - from) % every !== 0) return null;
  if (rule.except?.includes(year)) return null;
  switch (rule.kind) {
    case 'FIXED':
      return dateOf(year, rule.month, rule.day);
    case 'EASTER':
      return addDays(easterOf(year), rule.days);
    case 'ONCE':
      return yearOf(rule.date) === year ? rule.date : null;
    case 'WEEKDAY':
      return rule.nth > 0
        ? nthWeekday(dateOf(year, rule.month, 1), rule.weekday, rule.nth)
        : lastWeekday(addDays(dateOf(year, rule.month + 1, 1), -1), rule.weekday);
  }
}

function nthWeekday(first: CivilDate, weekday: number, nth: number): CivilDate {
  return addDays(first, ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1));
}

function lastWeekday(last: CivilDate, weekday: number): CivilDate {
  return addDays(last, -((weekdayOf(last) - weekday + 7) % 7));
}

function isWeekRest(rest: WeekRest, date: CivilDate): boolean {
  const weekday = weekdayOf(date);
  if (weekday === SUNDAY) return true;
  if (weekday !== SATURDAY) return false;
  if (rest === 'SATURDAY_SUNDAY') return true;
  const ordinal = Math.ceil(Number(date.slice(8)) / 7);
  return ordinal === 2 || ordinal === 4;
}
