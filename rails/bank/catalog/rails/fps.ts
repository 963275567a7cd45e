import type { RailEntry } from '../rail.ts';

export const fps: RailEntry = {
  rail: 'FPS',
  asset: 'GBP',
  source:
    'Pay.UK, Faster Payments Service Principles; transaction limit of 7 February 2022; scheme reason codes',
  accountTypes: ['UK_BANK'],
  isReversible: false,
  returnWindow: { kind: 'OPEN' },
  returnReasons: [
    { code: '1100', family: 'OTHER', meaning: 'The bank refused for business reasons' },
    { code: '1114', family: 'ACCOUNT_NOT_FOUND', meaning: 'The sort code or account number is not known' },
    { code: '1160', family: 'ACCOUNT_CLOSED', meaning: 'The account was closed' },
    { code: '1161', family: 'ACCOUNT_BLOCKED', meaning: 'The account was stopped' },
    { code: '1162', family: 'NAME_MISMATCH', meaning: 'The name does not go with the account' },
    { code: '1163', family: 'FORMAT', meaning: 'The account needs a reference to be found' },
    { code: '1164', family: 'FORMAT', meaning: 'The reference is wrong' },
    { code: '1165', family: 'NOT_ACCEPTED', meaning: 'The account is in another currency' },
    { code: '1166', family: 'ACCOUNT_CLOSED', meaning: 'The account was moved to another bank' },
    { code: '1167', family: 'DECEASED', meaning: 'The beneficiary has died' },
    { code: '1168', family: 'TECHNICAL', meaning: "The sender's institution has to act" },
    { code: '1169', family: 'REGULATORY', meaning: 'The beneficiary may not be paid at present' },
    { code: '1170', family: 'NOT_ACCEPTED', meaning: 'The terms of the account do not allow the credit' },
    { code: '1171', family: 'FORMAT', meaning: "The beneficiary's name is missing" },
    { code: '1181', family: 'DUPLICATE', meaning: 'The payment came before' },
    { code: '1909', family: 'TECHNICAL', meaning: 'The system does not work properly' },
    { code: '1930', family: 'FORMAT', meaning: 'A field is malformed' },
  ],
  speeds: [
    {
      code: 'INSTANT',
      amountMinorMin: 1n,
      amountMinorMax: 100_000_000n,
      // Two hours at worst, seconds as a rule.
      schedule: { kind: 'CONTINUOUS', settlesWithinMs: 7_200_000 },
    },
  ],
};
