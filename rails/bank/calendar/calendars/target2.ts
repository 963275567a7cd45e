import type { BankCalendar } from '../rules.ts';

export const target2: BankCalendar = {
  code: 'TARGET2',
  source: 'European Central Bank, TARGET closing days, decision of 14 December 2000',
  weekRest: 'SATURDAY_SUNDAY',
  rules: [
    { name: "New Year's Day", kind: 'FIXED', month: 1, day: 1 },
    { name: 'Good Friday', kind: 'EASTER', days: -2 },
    { name: 'Easter Monday', kind: 'EASTER', days: 1 },
    { name: 'Labour Day', kind: 'FIXED', month: 5, day: 1 },
    { name: 'Christmas Day', kind: 'FIXED', month: 12, day: 25 },
    { name: 'Christmas Holiday', kind: 'FIXED', month: 12, day: 26 },
  ],
  closed: [],
  open: [],
};
