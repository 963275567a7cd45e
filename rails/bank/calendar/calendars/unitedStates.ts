import type { BankCalendar } from '../rules.ts';

/** A holiday on a Saturday is not made good: the Reserve Banks are open on the Friday before. */
export const unitedStates: BankCalendar = {
  code: 'US',
  source: 'Federal Reserve Banks, Holiday Schedules (frbservices.org/about/holiday-schedules)',
  weekRest: 'SATURDAY_SUNDAY',
  rules: [
    { name: "New Year's Day", kind: 'FIXED', month: 1, day: 1, substitute: 'SUNDAY_TO_MONDAY' },
    { name: 'Martin Luther King Jr. Day', kind: 'WEEKDAY', month: 1, weekday: 1, nth: 3 },
    { name: "Presidents' Day", kind: 'WEEKDAY', month: 2, weekday: 1, nth: 3 },
    { name: 'Memorial Day', kind: 'WEEKDAY', month: 5, weekday: 1, nth: -1 },
    // A law since June 2021; the Reserve Banks first closed for it in 2022.
    { name: 'Juneteenth', kind: 'FIXED', month: 6, day: 19, from: 2022, substitute: 'SUNDAY_TO_MONDAY' },
    { name: 'Independence Day', kind: 'FIXED', month: 7, day: 4, substitute: 'SUNDAY_TO_MONDAY' },
    { name: 'Labor Day', kind: 'WEEKDAY', month: 9, weekday: 1, nth: 1 },
    { name: 'Columbus Day', kind: 'WEEKDAY', month: 10, weekday: 1, nth: 2 },
    { name: 'Veterans Day', kind: 'FIXED', month: 11, day: 11, substitute: 'SUNDAY_TO_MONDAY' },
    { name: 'Thanksgiving Day', kind: 'WEEKDAY', month: 11, weekday: 4, nth: 4 },
    { name: 'Christmas Day', kind: 'FIXED', month: 12, day: 25, substitute: 'SUNDAY_TO_MONDAY' },
  ],
  closed: [],
  open: [],
};
