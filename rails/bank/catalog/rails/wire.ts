import type { RailEntry } from '../rail.ts';
import { isoReturnReasons } from './isoReturnReasons.ts';

export const wire: RailEntry = {
  rail: 'WIRE',
  asset: 'USD',
  source:
    'Federal Reserve, Regulation J subpart B (12 CFR 210.31); Operating Circular 6; Fedwire Funds Service operating hours',
  accountTypes: ['US_BANK'],
  // Final and irrevocable when the Reserve Bank credits it; what comes back comes as a payment that the other bank makes.
  isReversible: false,
  returnWindow: { kind: 'OPEN' },
  returnReasons: isoReturnReasons,
  speeds: [
    {
      code: 'STANDARD',
      amountMinorMin: 1n,
      // One cent under ten billion dollars.
      amountMinorMax: 999_999_999_999n,
      schedule: {
        kind: 'WINDOWS',
        calendar: 'US',
        timeZone: 'America/New_York',
        opensAt: { days: -1, time: '21:00' },
        windows: [
          {
            // Transfers for customers; banks among themselves have until 19:00.
            cutOff: { days: 0, time: '18:45' },
            settlementDays: 0,
            settlesAt: { days: 0, time: '19:00' },
          },
        ],
      },
    },
  ],
};
