import type { Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { type Answer, acc, type Fixture, keyOf, mutate, openFixture, succeed } from './fixture.ts';

let fixture: Fixture;
let viewer: Viewer;
let source: Uuid;
let destination: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

beforeEach(async () => {
  const organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  const customerId = await fixture.addCustomer(organizationId);
  source = await fixture.openAccount(organizationId, { customerId, amountMinor: 100_00n });
  destination = await fixture.openAccount(organizationId);
});

const send = (amount: string, more: object = {}): Promise<Answer> =>
  succeed(fixture.payments, viewer, 'createTransaction', {
    sourceId: acc(source),
    destinationId: acc(destination),
    amount,
    asset: 'USD',
    ...more,
  });
const hold = (amount: string, more: object = {}): Promise<Answer> =>
  send(amount, { captureMethod: 'MANUAL', ...more });

interface Counters {
  readonly debits_pending: string;
  readonly debits_posted: string;
  readonly credits_pending: string;
  readonly credits_posted: string;
}

async function counters(id: Uuid): Promise<readonly string[]> {
  const [row] = await fixture.rows<Counters>(
    'select debits_pending, debits_posted, credits_pending, credits_posted from ledger.account where id = $1',
    [id],
  );
  return row ? [row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted] : [];
}

const kinds = (transaction: Answer): readonly string[] =>
  transaction.events.map(
    (event: Answer) => `${event.version} ${event.kind} ${event.status} ${event.terminal}`,
  );

test('an automatic transaction completes at once, with both steps in its timeline', async () => {
  const transaction = await send('12.50', { description: 'rent', metadata: [{ key: 'order', value: '7' }] });
  expect(transaction).toMatchObject({
    type: 'BOOK',
    status: 'COMPLETED',
    finality: 'FINAL',
    version: 2,
    amount: { amount: '12.50', asset: { code: 'USD', scale: 2 } },
    capturedAmount: { amount: '12.50' },
    refundedAmount: { amount: '0.00' },
    description: 'rent',
    metadata: [{ key: 'order', value: '7' }],
    source: { account: { id: acc(source) }, wallet: null, customer: { id: expect.stringMatching(/^cus_/) } },
    destination: { account: { id: acc(destination) }, customer: null },
  });
  expect(kinds(transaction)).toEqual(['1 CREATED PROCESSING false', '2 COMPLETED COMPLETED true']);
  expect(await counters(source)).toEqual(['0', '1250', '0', '10000']);
  expect(await counters(destination)).toEqual(['0', '0', '0', '1250']);
});

test('a manual transaction holds funds for seven days unless told otherwise', async () => {
  const transaction = await hold('40');
  expect(transaction).toMatchObject({ status: 'AWAITING_ACTION', version: 2, completedAt: null });
  const heldMs = Date.parse(transaction.holdExpiresAt) - Date.parse(transaction.createdAt);
  expect(heldMs).toBe(604_800_000);
  expect(transaction.events[1]).toMatchObject({
    kind: 'FUNDS_HELD',
    leg: 'SOURCE',
    nextAction: 'CAPTURE',
    expectedBy: transaction.holdExpiresAt,
  });
  expect(await counters(source)).toEqual(['4000', '0', '0', '10000']);
});

test('a capture of a part frees the rest', async () => {
  const { id } = await hold('40');
  const captured = await succeed(fixture.payments, viewer, 'captureTransaction', { id, amount: '15.5' });
  expect(captured).toMatchObject({
    status: 'COMPLETED',
    version: 4,
    capturedAmount: { amount: '15.50' },
    holdExpiresAt: null,
  });
  expect(kinds(captured)).toEqual([
    '1 CREATED PROCESSING false',
    '2 FUNDS_HELD AWAITING_ACTION false',
    '3 CAPTURED PROCESSING false',
    '4 COMPLETED COMPLETED true',
  ]);
  expect(await counters(source)).toEqual(['0', '1550', '0', '10000']);
  expect(await counters(destination)).toEqual(['0', '0', '0', '1550']);
});

test('a capture without an amount takes all, and never more than is held', async () => {
  const { id } = await hold('40');
  const over = await mutate(fixture.payments, viewer, 'captureTransaction', { id, amount: '40.01' });
  expect(over.result).toMatchObject({ __typename: 'InvalidInput', field: 'amount' });
  const captured = await succeed(fixture.payments, viewer, 'captureTransaction', { id });
  expect(captured.capturedAmount.amount).toBe('40.00');
});

test('a cancel releases what is held, and says why', async () => {
  const { id } = await hold('40');
  const canceled = await succeed(fixture.payments, viewer, 'cancelTransaction', {
    id,
    reason: 'out of stock',
  });
  expect(canceled).toMatchObject({ status: 'CANCELED', version: 3, capturedAmount: { amount: '0.00' } });
  expect(canceled.events[2]).toMatchObject({
    kind: 'CANCELED',
    terminal: true,
    reason: { code: 'CANCELED_BY_REQUEST', message: 'out of stock', retryable: false },
  });
  expect(await counters(source)).toEqual(['0', '0', '0', '10000']);
});

test('what is resolved cannot be resolved again: void after post, post after void, double post', async () => {
  const [posted, voided] = [await hold('10'), await hold('10')];
  await succeed(fixture.payments, viewer, 'captureTransaction', { id: posted.id });
  await succeed(fixture.payments, viewer, 'cancelTransaction', { id: voided.id });
  const again = await Promise.all([
    mutate(fixture.payments, viewer, 'cancelTransaction', { id: posted.id }),
    mutate(fixture.payments, viewer, 'captureTransaction', { id: posted.id }),
    mutate(fixture.payments, viewer, 'captureTransaction', { id: voided.id }),
    mutate(fixture.payments, viewer, 'cancelTransaction', { id: voided.id }),
  ]);
  expect(again.map(({ result }) => `${result.__typename} ${result.currentStatus}`)).toEqual([
    'InvalidState COMPLETED',
    'InvalidState COMPLETED',
    'InvalidState CANCELED',
    'InvalidState CANCELED',
  ]);
  expect(await counters(source)).toEqual(['0', '1000', '0', '10000']);
});

test('20 parallel captures and cancels of one hold come to one effect', async () => {
  const { id } = await hold('10');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      mutate(fixture.payments, viewer, index % 2 ? 'captureTransaction' : 'cancelTransaction', { id }),
    ),
  );
  const names = answers.map(({ result }) => result.__typename);
  expect(names.filter((name) => name === 'Transaction')).toHaveLength(1);
  expect(names.filter((name) => name === 'InvalidState')).toHaveLength(19);
});

test('a refund is a transaction of its own, and the original counts it', async () => {
  const original = await send('30');
  const refund = await succeed(fixture.payments, viewer, 'refundTransaction', {
    id: original.id,
    amount: '10',
    description: 'broken',
    externalId: 'refund-1',
    metadata: [{ key: 'why', value: 'broken' }],
  });
  expect(refund).toMatchObject({
    type: 'REFUND',
    status: 'COMPLETED',
    version: 2,
    amount: { amount: '10.00' },
    refundOf: { id: original.id },
    source: { account: { id: acc(destination) } },
    destination: { account: { id: acc(source) } },
    externalId: 'refund-1',
  });
  const rest = await succeed(fixture.payments, viewer, 'refundTransaction', { id: original.id });
  expect(rest.amount.amount).toBe('20.00');
  const { result: third } = await mutate(fixture.payments, viewer, 'refundTransaction', {
    id: original.id,
    amount: '0.01',
  });
  expect(third).toMatchObject({
    __typename: 'RefundExceedsCaptured',
    refundable: { amount: '0.00' },
    asked: { amount: '0.01' },
  });
  expect(await counters(source)).toEqual(['0', '3000', '0', '13000']);
  const [row] = await fixture.rows<{ refunded_amount: string; version: number }>(
    'select refunded_amount, version from payments.transaction where refund_of is null and source_account_id = $1',
    [source],
  );
  expect(row).toEqual({ refunded_amount: '3000', version: 4 });
});

test('the sum of concurrent partial refunds never exceeds what was captured', async () => {
  const held = await hold('50');
  await succeed(fixture.payments, viewer, 'captureTransaction', { id: held.id, amount: '10' });
  const answers = await Promise.all(
    Array.from({ length: 30 }, () =>
      mutate(fixture.payments, viewer, 'refundTransaction', { id: held.id, amount: '3' }),
    ),
  );
  const names = answers.map(({ result }) => result.__typename);
  expect(names.filter((name) => name === 'Transaction')).toHaveLength(3);
  expect(names.filter((name) => name === 'RefundExceedsCaptured')).toHaveLength(27);
  expect(await counters(source)).toEqual(['0', '1000', '0', '10900']);
});

test('a refund, a hold and a canceled transaction cannot be refunded', async () => {
  const original = await send('5');
  const refund = await succeed(fixture.payments, viewer, 'refundTransaction', { id: original.id });
  const held = await hold('5');
  const ids = [refund.id, held.id, original.id];
  const answers = await Promise.all(
    ids.map((id) => mutate(fixture.payments, viewer, 'refundTransaction', { id })),
  );
  expect(answers.map(({ result }) => `${result.__typename} ${result.currentStatus}`)).toEqual([
    'InvalidState COMPLETED',
    'InvalidState AWAITING_ACTION',
    'InvalidState COMPLETED',
  ]);
});

test('money that was spent on cannot be refunded', async () => {
  const original = await send('30');
  const third = await fixture.openAccount(viewer.organizationId);
  await send('25', { sourceId: acc(destination), destinationId: acc(third) });
  const { result } = await mutate(fixture.payments, viewer, 'refundTransaction', { id: original.id });
  expect(result).toMatchObject({
    __typename: 'InsufficientFunds',
    accountId: acc(destination),
    available: { amount: '5.00' },
    required: { amount: '30.00' },
  });
});

test('events tell each step once, in order, with the balances that it changed', async () => {
  const original = await send('30');
  await succeed(fixture.payments, viewer, 'refundTransaction', { id: original.id, amount: '10' });
  const events = await fixture.rows<{ type: string; version: number; payload: Answer; subjects: string[] }>(
    'select type, version, payload, subjects from platform.outbox where organization_id = $1 order by xid, seq',
    [viewer.organizationId],
  );
  expect(events.map(({ type, version }) => `${type} ${version}`)).toEqual([
    'TransactionCreated 1',
    'TransactionCompleted 2',
    'TransactionCreated 1',
    'TransactionCompleted 2',
    'TransactionRefunded 3',
  ]);
  const balances = events.map(({ payload }) =>
    payload.balances.map((balance: Answer) => `${balance.accountId === source} ${balance.posted}`),
  );
  expect(balances).toEqual([[], ['true 7000', 'false 3000'], [], ['false 2000', 'true 8000'], []]);
  expect(events[1]?.subjects).toEqual(expect.arrayContaining([source, destination]));
  expect(events[1]?.subjects).toHaveLength(4);
});
