import { checkAcknowledged } from './checkAcknowledged.ts';
import type { Facts, StoredTransaction } from './facts.ts';
import type { Acknowledged } from './journal.ts';

const promise = (change: Partial<Acknowledged>): Acknowledged => ({
  operation: 'createTransaction',
  idempotencyKey: 'k1',
  typename: 'Transaction',
  id: 'txn_1',
  status: 'COMPLETED',
  targetId: null,
  amountMinor: 500n,
  isHeld: false,
  replayed: false,
  attempts: 1,
  ...change,
});

const paid: StoredTransaction = {
  id: 'txn_1',
  key: 'k1',
  status: 'COMPLETED',
  version: 2,
  capturedMinor: 500n,
  refundedMinor: 0n,
  steps: 'CREATED,COMPLETED',
  transfers: ['SINGLE 500'],
};

const captured: StoredTransaction = {
  ...paid,
  capturedMinor: 300n,
  steps: 'CREATED,FUNDS_HELD,CAPTURED,COMPLETED',
  transfers: ['PENDING 500', 'POST_PENDING 300'],
};

const OPENED = 1_000n;

function kindsFor(
  promises: readonly Acknowledged[],
  transactions: readonly StoredTransaction[],
  change: Partial<Facts> = {},
): readonly string[] {
  const facts: Facts = {
    transactions,
    results: new Map(promises.map((each) => [each.idempotencyKey, [each.typename]])),
    customers: new Map(),
    fundings: [OPENED],
    heldMinor: OPENED,
    ...change,
  };
  return checkAcknowledged(promises, facts, OPENED).map((fault) => fault.kind);
}

const hold = promise({ isHeld: true, status: 'AWAITING_ACTION' });
const capture = promise({
  operation: 'captureTransaction',
  idempotencyKey: 'k2',
  targetId: 'txn_1',
  amountMinor: 300n,
});

test('promises that were kept once are without fault', () => {
  expect(kindsFor([promise({})], [paid])).toEqual([]);
  expect(kindsFor([hold, capture], [captured])).toEqual([]);
});

test('an acknowledged transaction that is not stored is reported as lost', () => {
  expect(kindsFor([promise({})], [])).toEqual(['LOST']);
});

test('an acknowledgement whose result was not kept is reported as lost', () => {
  expect(kindsFor([promise({})], [paid], { results: new Map() })).toEqual(['LOST']);
});

test('a second transaction under one key is reported as doubled', () => {
  expect(kindsFor([promise({})], [paid, { ...paid, id: 'txn_2' }])).toEqual(['DOUBLED']);
});

test('a second transfer under one transaction is reported', () => {
  const twice = { ...paid, transfers: ['SINGLE 500', 'SINGLE 500'] };
  expect(kindsFor([promise({})], [twice])).toEqual(['WRONG_EFFECT']);
});

test('an acknowledged capture that did not take effect is reported', () => {
  const open = { ...captured, status: 'AWAITING_ACTION', capturedMinor: 0n, steps: 'CREATED,FUNDS_HELD' };
  expect(kindsFor([hold, capture], [{ ...open, transfers: ['PENDING 500'] }])).toEqual(['WRONG_EFFECT']);
});

test('a transaction left in processing is reported as stuck', () => {
  expect(kindsFor([promise({})], [{ ...paid, status: 'PROCESSING' }])).toEqual(['STUCK']);
});

test('a hold that nobody resolved may be open or have run out, and nothing else', () => {
  const open = { ...captured, status: 'AWAITING_ACTION', capturedMinor: 0n, steps: 'CREATED,FUNDS_HELD' };
  expect(kindsFor([hold], [{ ...open, transfers: ['PENDING 500'] }])).toEqual([]);
  expect(kindsFor([hold], [captured])).toEqual(['WRONG_EFFECT']);
});

test('a refused payment that is stored all the same is reported as a phantom', () => {
  const refused = promise({ id: null, typename: 'InsufficientFunds', status: null });
  expect(kindsFor([refused], [])).toEqual([]);
  expect(kindsFor([refused], [paid])).toEqual(['PHANTOM']);
});

test('a transaction that nobody was told of is reported as a phantom', () => {
  expect(kindsFor([], [paid])).toEqual(['PHANTOM']);
});

test('money that appears or goes is reported as drift', () => {
  expect(kindsFor([promise({})], [paid], { heldMinor: OPENED - 1n })).toEqual(['DRIFT']);
  const funding = promise({ operation: 'fundSandbox', typename: 'SandboxFunding', amountMinor: 7n });
  expect(kindsFor([funding], [])).toEqual(['DRIFT', 'DRIFT']);
});
