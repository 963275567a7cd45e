import { testAccount, testId } from '../test/ledger/books.ts';
import { balanceOf, isEmpty } from './balance.ts';
import { CHART, SYSTEM_KINDS } from './chart.ts';

const counters = {
  debitsPending: 3n,
  debitsPosted: 20n,
  creditsPending: 7n,
  creditsPosted: 100n,
  version: 9n,
};

describe('balanceOf', () => {
  it('of a credit-normal account counts credits up and reserves what debits hold', () => {
    expect(balanceOf(testAccount(testId(1), 'CUSTOMER', counters))).toEqual({
      posted: 80n,
      pending: 84n,
      available: 77n,
      version: 9n,
    });
  });

  it('of a debit-normal account counts debits up and reserves what credits hold', () => {
    expect(balanceOf(testAccount(testId(1), 'OMNIBUS', counters))).toEqual({
      posted: -80n,
      pending: -84n,
      available: -87n,
      version: 9n,
    });
  });
});

describe('isEmpty', () => {
  it('needs equal posted sides and nothing held', () => {
    const empty = { debitsPending: 0n, debitsPosted: 5n, creditsPending: 0n, creditsPosted: 5n };
    expect(isEmpty(empty)).toBe(true);
    expect(isEmpty({ ...empty, debitsPosted: 4n })).toBe(false);
    expect(isEmpty({ ...empty, debitsPending: 1n })).toBe(false);
    expect(isEmpty({ ...empty, creditsPending: 1n })).toBe(false);
  });
});

describe('the chart of accounts', () => {
  it('binds the accounts that customers and organizations spend from, and no system account', () => {
    const bound = Object.entries(CHART).filter(([, rules]) => rules.debitsMustNotExceedCredits);
    expect(bound.map(([kind]) => kind)).toEqual(['CUSTOMER', 'TREASURY']);
    expect(SYSTEM_KINDS.filter((kind) => CHART[kind].debitsMustNotExceedCredits)).toEqual([]);
  });

  it('has one debit-normal kind: what we hold outside', () => {
    const debitNormal = Object.entries(CHART).filter(([, rules]) => rules.normalSide === 'DEBIT');
    expect(debitNormal.map(([kind]) => kind)).toEqual(['OMNIBUS']);
  });
});
