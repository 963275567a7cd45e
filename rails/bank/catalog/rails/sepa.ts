import type { RailEntry } from '../rail.ts';
import { isoReturnReasons } from './isoReturnReasons.ts';

const AMOUNT_MINOR_MAX = 99_999_999_999n;

/** SEPA credit transfer (STANDARD) and SEPA instant credit transfer (INSTANT). */
export const sepa: RailEntry = {
  rail: 'SEPA',
  asset: 'EUR',
  source:
    'EPC125-05 SCT Rulebook, sections 4.3 and 4.4; EPC004-16 SCT Inst Rulebook of 2025; Regulation (EU) 2024/886; EPC guidance on reason codes (EPC135-18)',
  accountTypes: ['IBAN'],
  // A recall asks; the beneficiary's bank needs its customer's consent.
  isReversible: false,
  // Returns by the beneficiary's bank, which could not credit.
  returnWindow: { kind: 'BUSINESS_DAYS', days: 3 },
  returnReasons: isoReturnReasons,
  speeds: [
    {
      code: 'STANDARD',
      amountMinorMin: 1n,
      amountMinorMax: AMOUNT_MINOR_MAX,
      schedule: {
        kind: 'WINDOWS',
        calendar: 'TARGET2',
        timeZone: 'Europe/Brussels',
        opensAt: { days: 0, time: '00:00' },
        windows: [
          {
            // The scheme has no cut-off: each bank sets its own, and this is an early one.
            cutOff: { days: 0, time: '14:00' },
            // D+1 at the latest (PSD2, article 83).
            settlementDays: 1,
            settlesAt: { days: 0, time: '18:00' },
          },
        ],
      },
    },
    {
      code: 'INSTANT',
      amountMinorMin: 1n,
      // The scheme's limit of EUR 100,000 fell in October 2025.
      amountMinorMax: AMOUNT_MINOR_MAX,
      schedule: { kind: 'CONTINUOUS', settlesWithinMs: 10_000 },
    },
  ],
};
