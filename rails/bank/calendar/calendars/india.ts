import type { BankCalendar } from '../rules.ts';

/**
 * The days on which every bank of India rests. Those of one state, and those of the moon, which are announced year by
 * year, are for the operator's file.
 */
export const india: BankCalendar = {
  code: 'IN',
  source: 'Reserve Bank of India, Holiday Matrix; DBR notification of 28 August 2015 on Saturdays',
  weekRest: 'SUNDAY_AND_EVEN_SATURDAYS',
  rules: [
    { name: 'Republic Day', kind: 'FIXED', month: 1, day: 26 },
    { name: 'Annual closing of accounts', kind: 'FIXED', month: 4, day: 1 },
    { name: 'Independence Day', kind: 'FIXED', month: 8, day: 15 },
    { name: 'Mahatma Gandhi Jayanti', kind: 'FIXED', month: 10, day: 2 },
  ],
  closed: [],
  open: [],
};
