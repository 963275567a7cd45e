import type { BankCalendar } from '../rules.ts';

/** England and Wales. */
export const unitedKingdom: BankCalendar = {
  code: 'GB',
  source: 'Banking and Financial Dealings Act 1971; gov.uk/bank-holidays, England and Wales',
  weekRest: 'SATURDAY_SUNDAY',
  rules: [
    { name: "New Year's Day", kind: 'FIXED', month: 1, day: 1, substitute: 'NEXT_FREE_WEEKDAY' },
    { name: 'Good Friday', kind: 'EASTER', days: -2 },
    { name: 'Easter Monday', kind: 'EASTER', days: 1 },
    { name: 'Early May bank holiday', kind: 'WEEKDAY', month: 5, weekday: 1, nth: 1, except: [1995, 2020] },
    { name: 'Early May bank holiday (VE day)', kind: 'ONCE', date: '1995-05-08' },
    { name: 'Early May bank holiday (VE day)', kind: 'ONCE', date: '2020-05-08' },
    {
      name: 'Spring bank holiday',
      kind: 'WEEKDAY',
      month: 5,
      weekday: 1,
      nth: -1,
      except: [2002, 2012, 2022],
    },
    { name: 'Spring bank holiday', kind: 'ONCE', date: '2002-06-04' },
    { name: 'Golden Jubilee bank holiday', kind: 'ONCE', date: '2002-06-03' },
    { name: 'Royal wedding', kind: 'ONCE', date: '2011-04-29' },
    { name: 'Spring bank holiday', kind: 'ONCE', date: '2012-06-04' },
    { name: 'Diamond Jubilee bank holiday', kind: 'ONCE', date: '2012-06-05' },
    { name: 'Spring bank holiday', kind: 'ONCE', date: '2022-06-02' },
    { name: 'Platinum Jubilee bank holiday', kind: 'ONCE', date: '2022-06-03' },
    { name: 'State Funeral of Queen Elizabeth II', kind: 'ONCE', date: '2022-09-19' },
    { name: 'Coronation of King Charles III', kind: 'ONCE', date: '2023-05-08' },
    { name: 'Summer bank holiday', kind: 'WEEKDAY', month: 8, weekday: 1, nth: -1 },
    { name: 'Christmas Day', kind: 'FIXED', month: 12, day: 25, substitute: 'NEXT_FREE_WEEKDAY' },
    { name: 'Boxing Day', kind: 'FIXED', month: 12, day: 26, substitute: 'NEXT_FREE_WEEKDAY' },
  ],
  closed: [],
  open: [],
};
