import type { AccountKind, Side, SystemAccountKind } from './account.ts';

/** How Accounts of a kind behave. */
export interface AccountRules {
  /** The side that makes the balance grow. */
  readonly normalSide: Side;
  /** True where money belongs to somebody who can only spend what is there. */
  readonly debitsMustNotExceedCredits: boolean;
}

/**
 * The chart of accounts. What we owe (customers, the organization, fees earned, money under way) is
 * credit-normal; what we hold (OMNIBUS: the coins on a network, the cash at a bank) is debit-normal.
 * System accounts are unbound: they may stand on either side while money is under way, and ledger:check and
 * reconciliation look at them instead.
 */
export const CHART: Readonly<Record<AccountKind, AccountRules>> = {
  CUSTOMER: { normalSide: 'CREDIT', debitsMustNotExceedCredits: true },
  TREASURY: { normalSide: 'CREDIT', debitsMustNotExceedCredits: true },
  FEES: { normalSide: 'CREDIT', debitsMustNotExceedCredits: false },
  OMNIBUS: { normalSide: 'DEBIT', debitsMustNotExceedCredits: false },
  CLEARING: { normalSide: 'CREDIT', debitsMustNotExceedCredits: false },
  CONVERSION: { normalSide: 'CREDIT', debitsMustNotExceedCredits: false },
  SUSPENSE: { normalSide: 'CREDIT', debitsMustNotExceedCredits: false },
};

/** Kinds with one Account for each organization, asset and place; migrations/0007-places.sql has a unique index on them. */
export const SYSTEM_KINDS: readonly SystemAccountKind[] = [
  'FEES',
  'OMNIBUS',
  'CLEARING',
  'CONVERSION',
  'SUSPENSE',
];
