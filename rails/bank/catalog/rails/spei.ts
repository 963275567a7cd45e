import type { RailEntry } from '../rail.ts';

export const spei: RailEntry = {
  rail: 'SPEI',
  asset: 'MXN',
  source:
    'Banco de Mexico, Circular 14/2017 (Reglas del SPEI), rules 17 and 29; catalogue of causes of return of the operating manual',
  accountTypes: ['CLABE'],
  // A participant that cannot credit sends back at once; what was credited stays.
  isReversible: false,
  returnWindow: { kind: 'BUSINESS_DAYS', days: 1 },
  returnReasons: [
    { code: '01', family: 'ACCOUNT_NOT_FOUND', meaning: 'The account is not there' },
    { code: '02', family: 'ACCOUNT_BLOCKED', meaning: 'The account is blocked' },
    { code: '03', family: 'ACCOUNT_CLOSED', meaning: 'The account was closed' },
    { code: '05', family: 'NOT_ACCEPTED', meaning: 'The account is in another currency' },
    { code: '06', family: 'ACCOUNT_NOT_FOUND', meaning: 'The account is not of that participant' },
    { code: '14', family: 'FORMAT', meaning: 'Mandatory information is missing' },
    { code: '15', family: 'FORMAT', meaning: 'The type of payment is wrong' },
    { code: '16', family: 'FORMAT', meaning: 'The type of operation is wrong' },
    { code: '17', family: 'NOT_ACCEPTED', meaning: 'The type of account does not fit' },
    { code: '19', family: 'FORMAT', meaning: 'A character is not allowed' },
    { code: '20', family: 'LIMIT', meaning: 'The balance would be above what the account may hold' },
    { code: '21', family: 'LIMIT', meaning: 'The account has had what it may receive this month' },
    { code: '22', family: 'ACCOUNT_NOT_FOUND', meaning: 'The mobile number is not registered' },
    { code: '23', family: 'NOT_ACCEPTED', meaning: 'The account takes no such payments' },
    { code: '25', family: 'LIMIT', meaning: 'The balance limit is reached and no instruction is there' },
    { code: '26', family: 'FRAUD', meaning: "A protection of the sender's client brought it back" },
    { code: '27', family: 'NOT_ACCEPTED', meaning: 'The participant does not take this optional payment' },
    { code: '28', family: 'TECHNICAL', meaning: 'The credit was not confirmed in time' },
    { code: '30', family: 'DUPLICATE', meaning: 'The tracking key came before on that day' },
  ],
  speeds: [
    {
      code: 'INSTANT',
      amountMinorMin: 1n,
      // The scheme has none; nineteen digits of the message with its decimals, kept to what an integer of 64 bits holds.
      amountMinorMax: 999_999_999_999_999n,
      schedule: { kind: 'CONTINUOUS', settlesWithinMs: 60_000 },
    },
  ],
};
