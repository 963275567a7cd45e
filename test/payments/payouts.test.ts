import { parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { payItem } from '../../subgraphs/payments/commands/payouts/payItem.ts';
import { createPayments } from '../../subgraphs/payments/main.ts';
import { nextPayouts } from '../../subgraphs/payments/store/payouts/nextPayouts.ts';
import { type Answer, acc, ask, clientOf, type Fixture, keyOf, newKey, openFixture, run } from './fixture.ts';
import {
  addPayer,
  handIn,
  ITEM,
  itemsFor,
  mutateBatch,
  type Payer,
  payAll,
  readBatch,
  stepsOf,
} from './payoutsWorld.ts';

let fixture: Fixture;
let payer: Payer;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  payer = await addPayer(fixture, 1_000_00n);
});

const uuidOf = (id: string): Uuid => parseId('bat', id) as Uuid;
const balanceOf = async (id: Uuid): Promise<bigint> => {
  const rows = await fixture.rows<{ balance: string }>(
    'select credits_posted - debits_posted as balance from ledger.account where id = $1',
    [id],
  );
  return BigInt(rows[0]?.balance ?? '0');
};

test('a batch pays each item once, and says of each what became of it', async () => {
  const [first] = itemsFor(payer, 1);
  const metadata = [{ key: 'team', value: 'blue' }];
  const batch = await handIn(
    fixture,
    payer,
    [
      { ...first, amount: '2.50', externalId: 'first', description: 'Wages', metadata },
      ...itemsFor(payer, 2),
    ],
    { externalId: 'march', description: 'March' },
  );
  expect(batch).toMatchObject({
    status: 'VALIDATED',
    version: 1,
    description: 'March',
    externalId: 'march',
    source: { id: acc(payer.source) },
    total: { count: 3, amount: { amount: '4.50' } },
    pending: { count: 3, amount: { amount: '4.50' } },
    endedAt: null,
  });
  await payAll(fixture);
  const items = `items(first: 10) { totalCount totalAmount { amount } edges { node { ${ITEM} } } }`;
  const after = await readBatch(fixture, payer, batch.id, items);
  expect(after).toMatchObject({
    status: 'COMPLETED',
    version: 2,
    completed: { count: 3, amount: { amount: '4.50' } },
  });
  expect(after.endedAt).not.toBeNull();
  expect(after.items).toMatchObject({ totalCount: 3, totalAmount: { amount: '4.50' } });
  expect(after.items.edges[0].node).toMatchObject({
    number: 1,
    status: 'COMPLETED',
    externalId: 'first',
    description: 'Wages',
    metadata,
    failure: null,
    transaction: { status: 'COMPLETED', externalId: 'first' },
  });
  await payAll(fixture);
  expect(await balanceOf(payer.source)).toBe(1_000_00n - 4_50n);
});

test('what the source cannot pay fails alone, with its reason, and the rest is paid', async () => {
  const [a, b, c] = itemsFor(payer, 3);
  const batch = await handIn(fixture, payer, [a, { ...b, amount: '5000' }, c] as object[]);
  await payAll(fixture);
  const failed = `items(first: 5, statuses: [FAILED, FAILED]) { totalCount edges { node { ${ITEM} } } }`;
  const after = await readBatch(fixture, payer, batch.id, failed);
  expect(after).toMatchObject({
    status: 'PARTIALLY_COMPLETED',
    completed: { count: 2 },
    failed: { count: 1 },
  });
  expect(after.items.totalCount).toBe(1);
  expect(after.items.edges).toMatchObject([
    { node: { number: 2, transaction: null, failure: { code: 'INSUFFICIENT_FUNDS', retryable: true } } },
  ]);
});

test('a batch of which nothing arrives has failed', async () => {
  const batch = await handIn(fixture, payer, [{ ...itemsFor(payer, 1)[0], amount: '5000' }]);
  await payAll(fixture);
  expect(await readBatch(fixture, payer, batch.id)).toMatchObject({ status: 'FAILED', failed: { count: 1 } });
});

test('cancel ends what is pending, once, and is refused when nothing is', async () => {
  const batch = await handIn(fixture, payer, itemsFor(payer, 4));
  const canceled = await mutateBatch(fixture, payer, 'cancelPayoutBatch', { id: batch.id });
  expect(canceled.result).toMatchObject({ status: 'CANCELED', version: 2, canceled: { count: 4 } });
  await payAll(fixture);
  expect(await balanceOf(payer.source)).toBe(1_000_00n);
  const again = await mutateBatch(fixture, payer, 'cancelPayoutBatch', { id: batch.id });
  expect(again.result).toMatchObject({
    __typename: 'PayoutBatchEnded',
    code: 'INVALID_STATE',
    payoutBatchId: batch.id,
    batchStatus: 'CANCELED',
  });
});

test.each([0, 400, 1_400])(
  'a cancellation after %i payments leaves every item paid or canceled, and the books agree',
  async (afterCount) => {
    const count = 2_500;
    const rich = await addPayer(fixture, 10_000_00n);
    const batch = await handIn(fixture, rich, itemsFor(rich, count));
    const batchId = uuidOf(batch.id);
    const paying = payAll(fixture);
    const pendingSql = 'select pending_count as pending from payments.payout_batch where id = $1';
    for (let paid = 0; paid < afterCount; ) {
      const [row] = await fixture.rows<{ pending: number }>(pendingSql, [batchId]);
      paid = count - (row?.pending ?? 0);
    }
    const { result } = await mutateBatch(fixture, rich, 'cancelPayoutBatch', { id: batch.id });
    await paying;
    expect(result.__typename).toBe('PayoutBatch');
    const after = await readBatch(fixture, rich, batch.id);
    const rows = await fixture.rows<{ status: string; count: number }>(
      'select status, count(*)::int as count from payments.payout_item where batch_id = $1 group by 1',
      [batchId],
    );
    const counted = Object.fromEntries(rows.map((row) => [row.status, row.count]));
    expect(counted).toEqual({
      ...(after.completed.count > 0 ? { COMPLETED: after.completed.count } : {}),
      CANCELED: after.canceled.count,
    });
    expect(after.completed.count + after.canceled.count).toBe(count);
    expect(await balanceOf(rich.source)).toBe(10_000_00n - BigInt(after.completed.count) * 100n);
  },
);

test('who comes to an item that was paid or canceled meanwhile does nothing', async () => {
  const [first, second] = [
    await handIn(fixture, payer, itemsFor(payer, 2)),
    await handIn(fixture, payer, itemsFor(payer, 2)),
  ];
  const database = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 1 });
  const waiting = await nextPayouts(database, { batches: 4, itemsOfEach: 10 }, []);
  await database.close();
  expect(waiting).toHaveLength(4);
  await mutateBatch(fixture, payer, 'cancelPayoutBatch', { id: second.id });
  await payAll(fixture);
  const late = await Promise.all(waiting.map((item) => fixture.payments.lane.submit(payItem(item))));
  expect(late.map(({ result }) => result.type)).toEqual(Array(4).fill('Settled'));
  expect(await balanceOf(payer.source)).toBe(998_00n);
  expect(await readBatch(fixture, payer, first.id)).toMatchObject({ status: 'COMPLETED', version: 2 });
  expect(await readBatch(fixture, payer, second.id)).toMatchObject({ status: 'CANCELED', version: 2 });
});

test('several payers of one batch at a time, in two processes, pay nothing twice and hold nothing up', async () => {
  const logger = createLogger({ level: 'silent', name: 'test' });
  const second = await createPayments({ databaseUrl: fixture.url, logger, runsWorkers: false });
  try {
    const batch = await handIn(fixture, payer, itemsFor(payer, 700));
    await Promise.all([payAll(fixture), payAll(fixture, second), payAll(fixture), payAll(fixture, second)]);
    expect(await readBatch(fixture, payer, batch.id)).toMatchObject({ status: 'COMPLETED' });
    expect(await balanceOf(payer.source)).toBe(300_00n);
  } finally {
    await second.close();
  }
});

test('the same key answers the same batch, also when its items have been paid since', async () => {
  const idempotencyKey = newKey();
  const input = { idempotencyKey, items: [{ ...itemsFor(payer, 1)[0], externalId: 'once' }] };
  const [one, two] = await Promise.all([
    mutateBatch(fixture, payer, 'createPayoutBatch', input),
    mutateBatch(fixture, payer, 'createPayoutBatch', input),
  ]);
  await payAll(fixture);
  const three = await mutateBatch(fixture, payer, 'createPayoutBatch', input);
  expect(new Set([one.result.id, two.result.id, three.result.id]).size).toBe(1);
  expect(three).toMatchObject({ replayed: true, result: { status: 'COMPLETED' } });
  const other = { ...input, items: itemsFor(payer, 2) };
  const reused = await mutateBatch(fixture, payer, 'createPayoutBatch', other);
  expect(reused.result).toMatchObject({ __typename: 'IdempotencyKeyReused' });
  const fresh = await mutateBatch(fixture, payer, 'createPayoutBatch', { items: input.items });
  expect(fresh.result).toMatchObject({
    __typename: 'PayoutBatchInvalid',
    faults: [{ item: 1, field: 'externalId', value: 'once', code: 'EXTERNAL_ID_TAKEN' }],
  });
});

test('two batches cannot have one externalId, however they race', async () => {
  const input = { externalId: 'twice', items: itemsFor(payer, 1) };
  const answers = await Promise.all(
    [1, 2, 3].map(() => mutateBatch(fixture, payer, 'createPayoutBatch', input)),
  );
  const types = answers.map(({ result }) => result.__typename).sort();
  expect(types).toEqual(['ExternalIdTaken', 'ExternalIdTaken', 'PayoutBatch']);
});

test('each step of a batch is one event, gap-free, with the counters after it', async () => {
  const batch = await handIn(fixture, payer, itemsFor(payer, 900));
  await payAll(fixture);
  const steps = await stepsOf(fixture, uuidOf(batch.id));
  expect(steps.map(({ version }) => version)).toEqual(steps.map((_, index) => index + 1));
  expect(steps.map(({ type }) => type)).toEqual([
    'PayoutBatchCreated',
    ...steps.slice(1, -1).map(() => 'PayoutBatchProgressed'),
    'PayoutBatchCompleted',
  ]);
  // Coalesced: far fewer than items.
  expect(steps.length).toBeLessThan(10);
  for (const { payload } of steps) {
    expect(payload.pending + payload.completed).toBe(900);
    expect(payload.terminal).toBe(payload.pending === 0);
  }
});

test('nobody else sees a batch or its items, and a client token neither sees nor hands in', async () => {
  const batch = await handIn(fixture, payer, itemsFor(payer, 1));
  const item = (await readBatch(fixture, payer, batch.id, 'items(first: 1) { edges { node { id } } }')).items
    .edges[0].node.id;
  const other = keyOf(await fixture.addOrganization());
  const customer = await fixture.addCustomer(payer.organizationId);
  const look = `query ($id: ID!, $of: [_Any!]!) { payoutBatch(id: $id) { id }
    payoutBatches(first: 5) { edges { node { id } } }
    _entities(representations: $of) { ... on PayoutBatch { id } ... on PayoutItem { id } } }`;
  const of = [
    { __typename: 'PayoutBatch', id: batch.id },
    { __typename: 'PayoutItem', id: item },
  ];
  for (const viewer of [other, clientOf(payer.organizationId, customer)]) {
    const answer = await ask(fixture.payments, viewer, look, { id: batch.id, of });
    expect(answer).toEqual({ payoutBatch: null, payoutBatches: { edges: [] }, _entities: [null, null] });
  }
  const { result } = await mutateBatch(fixture, { ...payer, viewer: other }, 'cancelPayoutBatch', {
    id: batch.id,
  });
  expect(result).toMatchObject({ __typename: 'NotFound' });
  const foreign = await mutateBatch(fixture, { ...payer, viewer: other }, 'createPayoutBatch', {
    items: itemsFor(payer, 1),
  });
  expect(foreign.result).toMatchObject({ __typename: 'NotFound' });
  const wide = { ...clientOf(payer.organizationId, customer), scopes: ['*'] };
  const refused = await run(
    fixture.payments,
    wide,
    `mutation { cancelPayoutBatch(input: { idempotencyKey: "k", id: "${batch.id}" }) { __typename } }`,
  );
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(await readBatch(fixture, payer, batch.id)).toMatchObject({ status: 'VALIDATED' });
});

test('items are paged in order, forth and back', async () => {
  const batch = await handIn(fixture, payer, itemsFor(payer, 5));
  const page = (args: string): string =>
    `items(${args}) { edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage } }`;
  const numbers = (answer: Answer): number[] => answer.items.edges.map((edge: Answer) => edge.node.number);
  const first = await readBatch(fixture, payer, batch.id, page('first: 2'));
  expect(numbers(first)).toEqual([1, 2]);
  expect(first.items.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false });
  const cursor = first.items.edges[1].cursor;
  expect(numbers(await readBatch(fixture, payer, batch.id, page(`first: 9, after: "${cursor}"`)))).toEqual([
    3, 4, 5,
  ]);
  expect(numbers(await readBatch(fixture, payer, batch.id, page('last: 2')))).toEqual([4, 5]);
});
