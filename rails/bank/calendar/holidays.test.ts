import fc from 'fast-check';
import { CALENDARS } from '../catalog/catalog.ts';
import { addBusinessDays, businessDayFrom, CalendarError } from './businessDays.ts';
import { addDays, dateOf, findDate, weekdayOf } from './civilDate.ts';
import { easterOf } from './easter.ts';
import { holidaysOf, isBusinessDay } from './holidays.ts';
import type { CalendarCode } from './rules.ts';
import { instantOf, localTimeOf } from './zonedTime.ts';

/** Closing days of a year that fall on a Monday to Friday, as the authorities publish them. */
function closedWeekdays(code: CalendarCode, year: number): readonly string[] {
  return [...holidaysOf(CALENDARS[code], year).keys()]
    .filter((date) => date.startsWith(String(year)) && weekdayOf(date) % 6 !== 0)
    .map((date) => date.slice(5))
    .sort();
}

test.each([
  [2021, '01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25'],
  [2022, '01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26'],
  [2023, '01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-23 12-25'],
  [2024, '01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25'],
  [2025, '01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25'],
  [2026, '01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25'],
  [2027, '01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25'],
])('the Federal Reserve is closed in %i as published', (year, days) => {
  expect(closedWeekdays('US', year)).toEqual(days.split(' '));
});

test.each([
  [2023, '04-07 04-10 05-01 12-25 12-26'],
  [2024, '01-01 03-29 04-01 05-01 12-25 12-26'],
  [2025, '01-01 04-18 04-21 05-01 12-25 12-26'],
  [2026, '01-01 04-03 04-06 05-01 12-25'],
])('TARGET is closed in %i as published', (year, days) => {
  expect(closedWeekdays('TARGET2', year)).toEqual(days.split(' '));
});

test.each([
  [2022, '02-07 03-21 04-14 04-15 09-16 11-02 11-21 12-12'],
  [2023, '02-06 03-20 04-06 04-07 05-01 11-02 11-20 12-12 12-25'],
  [2024, '01-01 02-05 03-18 03-28 03-29 05-01 09-16 10-01 11-18 12-12 12-25'],
  [2025, '01-01 02-03 03-17 04-17 04-18 05-01 09-16 11-17 12-12 12-25'],
])('banks of Mexico are closed in %i as published', (year, days) => {
  expect(closedWeekdays('MX', year)).toEqual(days.split(' '));
});

test.each([
  [2023, '02-20 02-21 04-07 04-21 05-01 06-08 09-07 10-12 11-02 11-15 12-25'],
  [2024, '01-01 02-12 02-13 03-29 05-01 05-30 11-15 11-20 12-25'],
  [2025, '01-01 03-03 03-04 04-18 04-21 05-01 06-19 11-20 12-25'],
])('banks of Brazil are closed in %i as published', (year, days) => {
  expect(closedWeekdays('BR', year)).toEqual(days.split(' '));
});

test.each([
  [2020, '01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28'],
  [2021, '01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28'],
  [2022, '01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27'],
  [2023, '01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26'],
  [2026, '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28'],
  [2028, '01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26'],
])('banks of England are closed in %i as published', (year, days) => {
  expect(closedWeekdays('GB', year)).toEqual(days.split(' '));
});

test('banks of India rest on Sundays, on the second and fourth Saturday, and on national holidays', () => {
  const saturdays = ['2026-08-01', '2026-08-08', '2026-08-22', '2026-08-29'];
  expect(saturdays.map((date) => isBusinessDay(CALENDARS.IN, date))).toEqual([true, false, false, true]);
  expect(isBusinessDay(CALENDARS.IN, '2026-08-02')).toBe(false);
  expect(isBusinessDay(CALENDARS.IN, '2026-01-26')).toBe(false);
});

test('Easter is where the tables have it', () => {
  const years = [1961, 1999, 2000, 2008, 2011, 2024, 2025, 2026, 2038, 2049, 2076, 2285];
  expect(years.map(easterOf)).toEqual([
    ...['1961-04-02', '1999-04-04', '2000-04-23', '2008-03-23', '2011-04-24', '2024-03-31'],
    ...['2025-04-20', '2026-04-05', '2038-04-25', '2049-04-18', '2076-04-19', '2285-03-22'],
  ]);
});

const dates = fc
  .tuple(
    fc.integer({ min: 1990, max: 2099 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([year, month, day]) => dateOf(year, month, day));
const calendars = fc.constantFrom(...Object.values(CALENDARS));

test('counting on by business days always lands on one, and never goes back', () => {
  fc.assert(
    fc.property(calendars, dates, fc.integer({ min: 0, max: 30 }), (calendar, date, count) => {
      const day = addBusinessDays(calendar, date, count);
      expect(isBusinessDay(calendar, day)).toBe(true);
      expect(day >= date).toBe(true);
      expect(addBusinessDays(calendar, businessDayFrom(calendar, addDays(day, 1)), 0)).toBe(
        addBusinessDays(calendar, date, count + 1),
      );
    }),
  );
});

test('a calendar that never opens is refused, not waited for', () => {
  const closed = Array.from({ length: 90 }, (_, days) => addDays('2026-01-01', days));
  expect(() => businessDayFrom({ ...CALENDARS.US, closed }, '2026-01-01')).toThrow(CalendarError);
});

test('only days that exist are dates', () => {
  const texts = ['2024-02-29', '2023-02-29', '2026-13-01', '2026-1-1', '2026-06-31', 'tomorrow', ''];
  expect(texts.map(findDate)).toEqual(['2024-02-29', null, null, null, null, null, null]);
});

test('an instant and what clocks show of it are one and the same in every zone', () => {
  const zones = [
    'America/New_York',
    'Europe/London',
    'America/Sao_Paulo',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'UTC',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      dates,
      fc.integer({ min: 0, max: 1_439 }),
      (zone, date, minute) => {
        const instant = instantOf(date, minute, zone);
        const shown = localTimeOf(instant, zone);
        // But for the one hour of a year that clocks leap over.
        if (shown.date === date && shown.minute !== minute) expect(Math.abs(shown.minute - minute)).toBe(60);
        else expect(shown).toEqual({ date, minute });
      },
    ),
  );
});

test('an hour that comes twice means its first passing, and one that is leapt over the time after it', () => {
  expect(instantOf('2026-11-01', 90, 'America/New_York').toISOString()).toBe('2026-11-01T05:30:00.000Z');
  expect(instantOf('2026-03-08', 150, 'America/New_York').toISOString()).toBe('2026-03-08T07:30:00.000Z');
});
