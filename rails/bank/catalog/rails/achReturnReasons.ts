import type { ReturnReason, ReturnWindow } from '../rail.ts';

/** The account's holder has 60 days to say that an entry was not allowed. */
const SIXTY_DAYS: ReturnWindow = { kind: 'CALENDAR_DAYS', days: 60 };
const OPEN: ReturnWindow = { kind: 'OPEN' };

/** Nacha Operating Rules, Appendix Four. Those that only debits can have are here too: a bank may use them wrongly. */
export const achReturnReasons: readonly ReturnReason[] = [
  { code: 'R01', family: 'OTHER', meaning: 'The account has not enough money for a debit' },
  { code: 'R02', family: 'ACCOUNT_CLOSED', meaning: 'The account was closed' },
  { code: 'R03', family: 'ACCOUNT_NOT_FOUND', meaning: 'There is no account of that number and name' },
  { code: 'R04', family: 'ACCOUNT_NOT_FOUND', meaning: 'The account number has a wrong form' },
  { code: 'R05', family: 'FRAUD', meaning: 'A consumer did not allow a corporate debit', window: SIXTY_DAYS },
  {
    code: 'R06',
    family: 'REQUESTED_BY_SENDER',
    meaning: "The sender's bank asked for the money back",
    window: OPEN,
  },
  {
    code: 'R07',
    family: 'FRAUD',
    meaning: 'The holder withdrew the permission to debit',
    window: SIXTY_DAYS,
  },
  { code: 'R08', family: 'REFUSED_BY_RECEIVER', meaning: 'The holder stopped the payment' },
  { code: 'R09', family: 'OTHER', meaning: 'The money in the account is not yet collected' },
  { code: 'R10', family: 'FRAUD', meaning: 'The holder does not know the originator', window: SIXTY_DAYS },
  { code: 'R11', family: 'FRAUD', meaning: 'The entry is not as it was allowed', window: SIXTY_DAYS },
  { code: 'R12', family: 'ACCOUNT_CLOSED', meaning: 'The account was sold to another bank' },
  { code: 'R13', family: 'ACCOUNT_NOT_FOUND', meaning: 'The receiving bank takes no part in ACH' },
  { code: 'R14', family: 'DECEASED', meaning: 'The representative payee has died or can no longer act' },
  { code: 'R15', family: 'DECEASED', meaning: 'The beneficiary or holder has died' },
  {
    code: 'R16',
    family: 'ACCOUNT_BLOCKED',
    meaning: 'The account is frozen, or an order of OFAC forbids the entry',
  },
  {
    code: 'R17',
    family: 'FORMAT',
    meaning: 'A field has faulty content, or the account looks made for fraud',
  },
  { code: 'R18', family: 'FORMAT', meaning: 'The effective entry date is wrong' },
  { code: 'R19', family: 'FORMAT', meaning: 'The amount field is wrong' },
  { code: 'R20', family: 'NOT_ACCEPTED', meaning: 'The account does not take such transactions' },
  { code: 'R21', family: 'FORMAT', meaning: 'The company identification is wrong' },
  { code: 'R22', family: 'FORMAT', meaning: 'The individual identification number is wrong' },
  { code: 'R23', family: 'REFUSED_BY_RECEIVER', meaning: 'The receiver refused the credit', window: OPEN },
  { code: 'R24', family: 'DUPLICATE', meaning: 'The entry came before' },
  { code: 'R25', family: 'FORMAT', meaning: 'An addenda record is wrong' },
  { code: 'R26', family: 'FORMAT', meaning: 'A mandatory field is wrong' },
  { code: 'R27', family: 'FORMAT', meaning: 'The trace number is wrong' },
  { code: 'R28', family: 'FORMAT', meaning: 'The routing number has a wrong check digit' },
  { code: 'R29', family: 'FRAUD', meaning: 'A company did not allow the entry' },
  {
    code: 'R30',
    family: 'NOT_ACCEPTED',
    meaning: 'The receiving bank takes no part in truncation of checks',
  },
  {
    code: 'R31',
    family: 'REQUESTED_BY_SENDER',
    meaning: "The sender's bank agreed to a late return",
    window: OPEN,
  },
  { code: 'R32', family: 'TECHNICAL', meaning: 'The receiving bank cannot settle' },
  { code: 'R33', family: 'OTHER', meaning: 'A destroyed check entry is returned', window: SIXTY_DAYS },
  { code: 'R34', family: 'NOT_ACCEPTED', meaning: 'The receiving bank may take only some entries' },
  { code: 'R35', family: 'FORMAT', meaning: 'The debit is not allowed for such an account or entry' },
  { code: 'R36', family: 'FORMAT', meaning: 'The credit is not allowed for such an entry' },
  { code: 'R37', family: 'DUPLICATE', meaning: 'The source document was presented too', window: SIXTY_DAYS },
  {
    code: 'R38',
    family: 'REFUSED_BY_RECEIVER',
    meaning: 'The source document was stopped',
    window: SIXTY_DAYS,
  },
  { code: 'R39', family: 'FORMAT', meaning: 'The source document was not fit for the entry' },
];
