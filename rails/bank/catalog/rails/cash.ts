import type { RailEntry, ReturnReason } from '../rail.ts';

const returnReasons: readonly ReturnReason[] = [
  { code: 'EXPIRED', family: 'OTHER', meaning: 'Nobody came for the cash in time' },
  {
    code: 'CANCELED',
    family: 'REQUESTED_BY_SENDER',
    meaning: 'The sender took it back before it was paid out',
  },
  { code: 'IDENTITY', family: 'NAME_MISMATCH', meaning: 'Who came was not who was named' },
  { code: 'REFUSED', family: 'REGULATORY', meaning: 'The place may not pay out to that person' },
];

/** Cash at a counter. Limits are those of a careful agent; each provider has its own, for the operator's file. */
export const cashUsd: RailEntry = cash('USD', 2_000n, 100_000n);
export const cashMxn: RailEntry = cash('MXN', 10_000n, 1_500_000n);

function cash(asset: string, amountMinorMin: bigint, amountMinorMax: bigint): RailEntry {
  return {
    rail: 'CASH',
    asset,
    source: 'terms of pay-out agents; 31 CFR 1010.410(e), which asks for records from USD 3,000',
    accountTypes: ['CASH_PICKUP'],
    // Handed over is handed over.
    isReversible: false,
    returnWindow: { kind: 'CALENDAR_DAYS', days: 30 },
    returnReasons,
    speeds: [
      {
        code: 'INSTANT',
        amountMinorMin,
        amountMinorMax,
        // The code can be used at once; when somebody comes is another matter.
        schedule: { kind: 'CONTINUOUS', settlesWithinMs: 60_000 },
      },
    ],
  };
}
