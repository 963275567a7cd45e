import type { RailEntry, ReturnWindow } from '../rail.ts';

/** The special return mechanism (MED) has to be asked for within 80 days of the payment. */
const EIGHTY_DAYS: ReturnWindow = { kind: 'CALENDAR_DAYS', days: 80 };

export const pix: RailEntry = {
  rail: 'PIX',
  asset: 'BRL',
  source:
    'Banco Central do Brasil, Resolucao BCB 1 of 12 August 2020 (Regulamento do Pix), articles 32 and 41; Manual de Tempos do Pix',
  accountTypes: ['PIX_KEY'],
  isReversible: true,
  // The receiver may send back within 90 days of the payment.
  returnWindow: { kind: 'CALENDAR_DAYS', days: 90 },
  returnReasons: [
    {
      code: 'BE08',
      family: 'TECHNICAL',
      meaning: "A fault of the payer's bank made the payment",
      window: EIGHTY_DAYS,
    },
    { code: 'FR01', family: 'FRAUD', meaning: 'There is good reason to think of fraud', window: EIGHTY_DAYS },
    { code: 'MD06', family: 'REFUSED_BY_RECEIVER', meaning: 'The receiver sends it back' },
    { code: 'SL02', family: 'NOT_ACCEPTED', meaning: 'Pix Saque or Pix Troco failed' },
    { code: 'AC03', family: 'ACCOUNT_NOT_FOUND', meaning: "The receiver's account is not there" },
    { code: 'AC06', family: 'ACCOUNT_BLOCKED', meaning: "The receiver's account is blocked" },
    { code: 'AC07', family: 'ACCOUNT_CLOSED', meaning: "The receiver's account was closed" },
    { code: 'AC14', family: 'NOT_ACCEPTED', meaning: "The receiver's account is of a wrong type" },
    { code: 'AG03', family: 'NOT_ACCEPTED', meaning: 'The account does not take such transactions' },
    { code: 'AM02', family: 'LIMIT', meaning: 'The amount is above what is allowed' },
    { code: 'AM04', family: 'LIMIT', meaning: 'There is not enough money' },
    { code: 'BE01', family: 'NAME_MISMATCH', meaning: 'The holder is not whom the key names' },
    { code: 'DS04', family: 'REFUSED_BY_RECEIVER', meaning: "The receiver's bank refused" },
    { code: 'RR04', family: 'REGULATORY', meaning: 'A regulation forbids it' },
    { code: 'AB03', family: 'TECHNICAL', meaning: 'It took too long to settle' },
  ],
  speeds: [
    {
      code: 'INSTANT',
      amountMinorMin: 1n,
      // The scheme has none; each bank sets its own, and lower ones at night. Fifteen digits of the message.
      amountMinorMax: 999_999_999_999_999n,
      schedule: { kind: 'CONTINUOUS', settlesWithinMs: 40_000 },
    },
  ],
};
