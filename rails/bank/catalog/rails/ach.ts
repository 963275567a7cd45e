import type { RailEntry } from '../rail.ts';
import { achReturnReasons } from './achReturnReasons.ts';

const ZONE = 'America/New_York';

export const ach: RailEntry = {
  rail: 'ACH',
  asset: 'USD',
  source:
    'Nacha Operating Rules, sections 3.8 and 8.110; FedACH Processing Schedule; Nacha, Same Day ACH dollar limit of 18 March 2022',
  accountTypes: ['US_BANK'],
  isReversible: true,
  // So that the sender's bank has it at the opening of the second banking day after settlement.
  returnWindow: { kind: 'BUSINESS_DAYS', days: 2 },
  returnReasons: achReturnReasons,
  speeds: [
    {
      code: 'STANDARD',
      amountMinorMin: 1n,
      // Ten digits of the entry record.
      amountMinorMax: 9_999_999_999n,
      schedule: {
        kind: 'WINDOWS',
        calendar: 'US',
        timeZone: ZONE,
        opensAt: { days: 0, time: '03:00' },
        windows: [
          {
            cutOff: { days: 1, time: '02:15' },
            settlementDays: 1,
            settlesAt: { days: 0, time: '08:30' },
          },
        ],
      },
    },
    {
      code: 'SAME_DAY',
      amountMinorMin: 1n,
      amountMinorMax: 100_000_000n,
      schedule: {
        kind: 'WINDOWS',
        calendar: 'US',
        timeZone: ZONE,
        opensAt: { days: 0, time: '03:00' },
        windows: [sameDay('10:30', '13:00'), sameDay('14:45', '17:00'), sameDay('16:45', '18:00')],
      },
    },
  ],
};

function sameDay(cutOff: string, settlesAt: string) {
  return { cutOff: { days: 0, time: cutOff }, settlementDays: 0, settlesAt: { days: 0, time: settlesAt } };
}
