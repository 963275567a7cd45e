import fc from 'fast-check';
import { CASH_FACTS, type CashFactKind } from '../../rails/cash/orderStates.ts';
import {
  arrive,
  BANK_FACTS,
  BANK_RAILS,
  type BankFact,
  payBank,
  repeat,
  sendOne,
  tellOne,
  writeFiles,
} from './bankSteps.ts';
import { capture, pass, payBook, refundBook } from './bookSteps.ts';
import {
  CODE_FACTS,
  cashIn,
  changeCashIn,
  codeSays,
  counterSays,
  paidIn,
  payCode,
  pickUp,
  submitCash,
} from './cashSteps.ts';
import { type ChainFact, chainSays, deposit, depositEnds, sendChain } from './chainSteps.ts';
import { approveOne, approveOwn, cancel, refuseOne, releaseOne } from './gateSteps.ts';
import { payBatch, payQuoted } from './quoteSteps.ts';
import { refund, retry, windowEnds } from './refundSteps.ts';
import type { Step } from './run.ts';
import { settle } from './settle.ts';

export const settleAll: Step = { name: 'settle', run: settle };

/** Few of each, as long stories are where the faults are. */
const index = fc.nat({ max: 2 });
const isTrue = fc.boolean();
const cents = fc.bigInt({ min: 1n, max: 6_000n });
const small = fc.bigInt({ min: 1n, max: 900n });
const coins = fc.bigInt({ min: 1n, max: 60_000_000n });
const rail = fc.constantFrom(...BANK_RAILS);
const likely = fc.constantFrom<BankFact>('ACCEPTED', 'SETTLED', 'SETTLED', 'RETURNED', 'REJECTED');
const likelyCash = fc.constantFrom<CashFactKind>(
  'READY',
  'READY',
  'SETTLED',
  'SETTLED',
  'CANCELED',
  'EXPIRED',
);
const chainFact = fc.constantFrom<ChainFact>('INCLUDED', 'INCLUDED', 'REORGED', 'SUCCEEDED', 'REVERTED');

/** With a name that a failure prints. */
const of = (weight: number, steps: fc.Arbitrary<Step>) => ({
  weight,
  arbitrary: steps.map((step) => ({ ...step, [fc.toStringMethod]: () => step.name })),
});

/** All that may happen, what takes a payment to its end more often than what does not. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  of(
    5,
    fc.tuple(cents, rail, isTrue).map(([minor, by, isSuspect]) => payBank(minor, by, isSuspect)),
  ),
  of(
    2,
    fc.tuple(fc.bigInt({ min: 100n, max: 6_000n }), isTrue).map(([minor, isIn]) => payQuoted(minor, isIn)),
  ),
  of(1, small.map(payBatch)),
  of(
    2,
    fc.tuple(cents, isTrue).map(([minor, isManual]) => payBook(minor, isManual)),
  ),
  of(
    1,
    fc.tuple(index, fc.option(small)).map(([one, minor]) => capture(one, minor)),
  ),
  of(
    1,
    fc.tuple(index, small).map(([one, minor]) => refundBook(one, minor)),
  ),
  of(
    2,
    fc.tuple(coins, isTrue).map(([minor, isSuspect]) => sendChain(minor, isSuspect)),
  ),
  of(
    3,
    fc.tuple(index, chainFact).map(([one, fact]) => chainSays(one, fact)),
  ),
  of(1, coins.map(deposit)),
  of(
    1,
    fc.tuple(index, isTrue).map(([one, isThere]) => depositEnds(one, isThere)),
  ),
  of(
    2,
    fc
      .tuple(fc.bigInt({ min: 2_000n, max: 5_000n }), isTrue)
      .map(([minor, isSuspect]) => pickUp(minor, isSuspect)),
  ),
  of(2, fc.constant(submitCash)),
  of(
    2,
    fc.tuple(index, likelyCash).map(([one, kind]) => counterSays(one, kind)),
  ),
  of(
    1,
    fc.tuple(index, fc.constantFrom(...CASH_FACTS)).map(([one, kind]) => counterSays(one, kind)),
  ),
  of(1, fc.constant(cashIn)),
  of(2, fc.constant(paidIn)),
  of(
    2,
    fc.tuple(index, isTrue, isTrue).map(([one, isRight, isLate]) => payCode(one, isRight, isLate)),
  ),
  of(
    1,
    fc.tuple(index, fc.constantFrom(...CODE_FACTS)).map(([one, kind]) => codeSays(one, kind)),
  ),
  of(
    1,
    fc
      .tuple(index, fc.constantFrom('refreshCashIn', 'cancelCashIn'))
      .map(([one, name]) => changeCashIn(one, name)),
  ),
  of(
    2,
    fc.tuple(small, isTrue).map(([minor, byDetails]) => arrive(minor, byDetails)),
  ),
  of(
    3,
    fc
      .tuple(
        index,
        fc.oneof(small, fc.constantFrom('ALL' as const, 'MORE' as const)),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([one, minor, times]) => refund(one, minor, times)),
  ),
  of(
    2,
    fc
      .tuple(index, fc.constantFrom(2_000n, 3_500n, 4_500n, 'ALL' as const), fc.integer({ min: 1, max: 2 }))
      .map(([one, minor, times]) => refund(one, minor, times, ['CASH_IN'])),
  ),
  of(2, fc.constant(retry)),
  of(4, index.map(sendOne)),
  of(2, fc.constant(writeFiles)),
  of(
    6,
    fc.tuple(index, likely).map(([one, kind]) => tellOne(one, kind)),
  ),
  of(
    1,
    fc.tuple(index, fc.constantFrom(...BANK_FACTS)).map(([one, kind]) => tellOne(one, kind)),
  ),
  of(
    1,
    fc.tuple(index, fc.constantFrom(...BANK_FACTS)).map(([one, kind]) => tellOne(one, kind, false)),
  ),
  of(1, fc.nat().map(repeat)),
  of(1, index.map(windowEnds)),
  of(
    3,
    fc.tuple(index, isTrue, isTrue).map(([one, a, b]) => approveOne(one, a || b)),
  ),
  of(1, index.map(approveOwn)),
  of(3, index.map(releaseOne)),
  of(1, index.map(refuseOne)),
  of(3, index.map(cancel)),
  of(1, fc.constant(pass)),
  of(6, fc.constant(settleAll)),
);
