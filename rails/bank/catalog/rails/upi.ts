import type { RailEntry } from '../rail.ts';

export const upi: RailEntry = {
  rail: 'UPI',
  asset: 'INR',
  source:
    'NPCI, UPI Procedural Guidelines and UPI Error and Response Codes; circular NPCI/UPI/OC 82 on limits; RBI/2019-20/67 on turn-around time',
  accountTypes: ['UPI_ID'],
  isReversible: false,
  // A debit without a credit is put right by the end of the day after.
  returnWindow: { kind: 'CALENDAR_DAYS', days: 1 },
  returnReasons: [
    { code: 'U09', family: 'TECHNICAL', meaning: 'The address could not be resolved in time' },
    { code: 'U16', family: 'FRAUD', meaning: 'The risk is above what is allowed' },
    { code: 'U17', family: 'NOT_ACCEPTED', meaning: 'The provider of the address is not registered' },
    { code: 'U28', family: 'TECHNICAL', meaning: 'The bank does not answer' },
    { code: 'U30', family: 'OTHER', meaning: 'The debit failed' },
    { code: 'U31', family: 'OTHER', meaning: 'The credit failed' },
    { code: 'U66', family: 'FRAUD', meaning: 'The device is not the one that was registered' },
    { code: 'U67', family: 'TECHNICAL', meaning: 'The debit took too long' },
    { code: 'U68', family: 'TECHNICAL', meaning: 'The credit took too long' },
    { code: 'XH', family: 'ACCOUNT_NOT_FOUND', meaning: "The beneficiary's account is not there" },
    { code: 'XL', family: 'OTHER', meaning: 'The card of the beneficiary has expired' },
    { code: 'Y1', family: 'ACCOUNT_BLOCKED', meaning: "The beneficiary's facility is blocked" },
    { code: 'YF', family: 'ACCOUNT_BLOCKED', meaning: "The beneficiary's account is blocked or frozen" },
    { code: 'Z8', family: 'LIMIT', meaning: 'The limit of one transaction is exceeded' },
    { code: 'Z9', family: 'LIMIT', meaning: 'There is not enough money' },
    { code: 'ZH', family: 'ACCOUNT_NOT_FOUND', meaning: 'The UPI address is wrong' },
  ],
  speeds: [
    {
      code: 'INSTANT',
      amountMinorMin: 1n,
      // One lakh rupees between persons; NPCI allows some categories more, which is for the operator's file.
      amountMinorMax: 10_000_000n,
      schedule: { kind: 'CONTINUOUS', settlesWithinMs: 60_000 },
    },
  ],
};
