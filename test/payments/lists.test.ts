import type { Uuid } from '../../platform/id.ts';
import { formatId, parseId } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { type Answer, acc, ask, type Fixture, keyOf, openFixture, run, succeed, wal } from './fixture.ts';

let fixture: Fixture;
let viewer: Viewer;
let customer: Uuid;
let [a, b, c]: Uuid[] = [];
/** Ids of what was made, oldest first. */
const made: string[] = [];

const cus = (id: Uuid): string => formatId('cus', id);

beforeAll(async () => {
  fixture = await openFixture();
  const organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  customer = await fixture.addCustomer(organizationId);
  a = await fixture.openAccount(organizationId, { customerId: customer, amountMinor: 10_000n });
  b = await fixture.openAccount(organizationId, { amountMinor: 10_000n, backsWallet: true });
  c = await fixture.openAccount(organizationId, { amountMinor: 10_000n });
  const send = async (from: Uuid, to: Uuid, amount: string, more: object = {}): Promise<void> => {
    const input = { sourceId: acc(from), destinationId: acc(to), amount, asset: 'USD', ...more };
    made.push((await succeed(fixture.payments, viewer, 'createTransaction', input)).id);
  };
  await send(a, b, '1', { externalId: 'first', metadata: [{ key: 'order', value: '1' }] });
  await send(b, a, '2', { metadata: [{ key: 'order', value: '2' }] });
  await send(b, c, '3', {
    captureMethod: 'MANUAL',
    metadata: [
      { key: 'order', value: '1' },
      { key: 'x', value: '' },
    ],
  });
  await send(c, a, '4');
  await send(c, b, '5');
  const refund = { id: made[4] as string, amount: '1.5' };
  made.push((await succeed(fixture.payments, viewer, 'refundTransaction', refund)).id);
});
afterAll(() => fixture.close());

const LIST = `query ($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: TransactionFilter) {
  transactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function list(variables: Readonly<Record<string, unknown>>): Promise<Answer> {
  return (await ask(fixture.payments, viewer, LIST, { first: 100, ...variables })).transactions;
}

/** Places in `made` of what a filter lists, newest first. */
async function places(filter: object): Promise<readonly number[]> {
  const { edges } = await list({ filter });
  return edges.map(({ node }: Answer) => made.indexOf(node.id));
}

test('lists are newest first', async () => {
  expect(await places({})).toEqual([5, 4, 3, 2, 1, 0]);
});

test('pages walk forwards and backwards over the same list without gap or overlap', async () => {
  const forwards: number[] = [];
  let after: string | null = null;
  for (let page = 0; page < 3; page++) {
    const { edges, pageInfo }: Answer = await list({ first: 2, after });
    forwards.push(...edges.map(({ node }: Answer) => made.indexOf(node.id)));
    expect(pageInfo).toMatchObject({ hasNextPage: page < 2, hasPreviousPage: page > 0 });
    after = pageInfo.endCursor;
  }
  expect(forwards).toEqual([5, 4, 3, 2, 1, 0]);
  const backwards: number[][] = [];
  let before: string | null = null;
  for (let page = 0; page < 3; page++) {
    const { edges, pageInfo }: Answer = await list({ first: null, last: 2, before });
    backwards.push(edges.map(({ node }: Answer) => made.indexOf(node.id)));
    expect(pageInfo).toMatchObject({ hasPreviousPage: page < 2, hasNextPage: page > 0 });
    before = pageInfo.startCursor;
  }
  expect(backwards).toEqual([
    [1, 0],
    [3, 2],
    [5, 4],
  ]);
});

test('each filter lists what meets it, and all conditions hold at once', async () => {
  const [A, B, C] = [a as Uuid, b as Uuid, c as Uuid];
  expect(await places({ statuses: ['AWAITING_ACTION'] })).toEqual([2]);
  expect(await places({ statuses: ['AWAITING_ACTION', 'COMPLETED'] })).toHaveLength(6);
  expect(await places({ statuses: [] })).toEqual([]);
  expect(await places({ types: ['REFUND'] })).toEqual([5]);
  expect(await places({ accountId: acc(A) })).toEqual([3, 1, 0]);
  expect(await places({ walletId: wal(B) })).toEqual([5, 4, 2, 1, 0]);
  expect(await places({ customerId: cus(customer) })).toEqual([3, 1, 0]);
  expect(await places({ accountId: acc(A), walletId: wal(B) })).toEqual([1, 0]);
  expect(await places({ accountId: acc(C), customerId: cus(customer) })).toEqual([3]);
  expect(await places({ amount: { asset: 'USD', min: '2', max: '3.00' } })).toEqual([2, 1]);
  expect(await places({ amount: { asset: 'USD', min: '0', max: '1.5' } })).toEqual([5, 0]);
  expect(await places({ amount: { asset: 'EUR' } })).toEqual([]);
  expect(await places({ externalId: 'first' })).toEqual([0]);
  expect(await places({ metadata: { key: 'order', value: '1' } })).toEqual([2, 0]);
  expect(await places({ metadata: { key: 'x', value: '' } })).toEqual([2]);
  expect(await places({ metadata: { key: 'order', value: '1' }, accountId: acc(A) })).toEqual([0]);
  expect(
    await places({
      statuses: ['COMPLETED'],
      types: ['BOOK'],
      accountId: acc(A),
      walletId: wal(B),
      customerId: cus(customer),
      amount: { asset: 'USD', min: '1', max: '1' },
      createdAt: { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' },
      externalId: 'first',
      metadata: { key: 'order', value: '1' },
    }),
  ).toEqual([0]);
});

test('a span of time has its start inside and its end outside', async () => {
  const { node } = (await ask(
    fixture.payments,
    viewer,
    'query ($id: ID!) { node: transaction(id: $id) { createdAt } }',
    { id: made[3] },
  )) as Answer;
  const from = node.createdAt;
  expect(await places({ createdAt: { from } })).toContain(3);
  expect(await places({ createdAt: { to: from } })).not.toContain(3);
  const next = new Date(Date.parse(from) + 1).toISOString();
  expect(await places({ createdAt: { from, to: next } })).toContain(3);
  expect(
    await places({ createdAt: { from: '0001-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' } }),
  ).toHaveLength(6);
});

test('ids in a filter that name nothing list nothing, like those of others', async () => {
  for (const id of ['', 'x', acc(customer), cus(a as Uuid)]) {
    expect(await places({ accountId: id })).toEqual([]);
    expect(await places({ walletId: id })).toEqual([]);
  }
  expect(await places({ externalId: 'nul\0' })).toEqual([]);
});

test.each([
  [{ first: null }, /first or last is required/],
  [{ first: 0 }, /from 1 to 100/],
  [{ first: 101 }, /from 1 to 100/],
  [{ first: 1, last: 1 }, /not both/],
  [{ first: 1, after: 'x' }, /not a cursor/],
  [{ first: 1, filter: { amount: { asset: 'USD', min: '1e3' } } }, /filter.amount.min/],
  [{ first: 1, filter: { amount: { asset: 'XXX' } } }, /filter.amount.asset/],
])('%j is bad user input', async (variables, message) => {
  const { errors } = await run(fixture.payments, viewer, LIST, variables);
  expect(errors?.[0]?.message).toMatch(message);
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('a transaction is found by its id and by its externalId, and unknown ones are null', async () => {
  const query = `query ($id: ID!, $externalId: String!) {
    transaction(id: $id) { id } transactionByExternalId(externalId: $externalId) { id } }`;
  const found = await ask(fixture.payments, viewer, query, { id: made[0], externalId: 'first' });
  expect(found).toEqual({ transaction: { id: made[0] }, transactionByExternalId: { id: made[0] } });
  for (const id of ['', 'txn_', `${made[0]}x`, acc(a as Uuid)]) {
    const none = await ask(fixture.payments, viewer, query, { id, externalId: `${id}\0` });
    expect(none).toEqual({ transaction: null, transactionByExternalId: null });
  }
});

test('entities of other subgraphs list their transactions, many parents in one statement', async () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on Account { transactions(first: 2) { edges { node { id } } pageInfo { hasNextPage } } }
    ... on Transaction { id events { version } refunds { id } }
  } }`;
  const of = [a, b, c].map((id) => ({ __typename: 'Account', id: acc(id as Uuid) }));
  const before = fixture.payments.readCount();
  const { _entities } = await ask(fixture.payments, viewer, query, {
    of: [...of, { __typename: 'Account', id: 'acc_x' }],
  });
  expect(fixture.payments.readCount() - before).toBe(1);
  expect(
    _entities.map(({ transactions }: Answer) =>
      transactions.edges.map(({ node }: Answer) => made.indexOf(node.id)),
    ),
  ).toEqual([[3, 1], [5, 4], [5, 4], []]);
  expect(_entities[0].transactions.pageInfo.hasNextPage).toBe(true);

  const transactions = made.map((id) => ({ __typename: 'Transaction', id }));
  const start = fixture.payments.readCount();
  const answer = await ask(fixture.payments, viewer, query, { of: transactions });
  expect(fixture.payments.readCount() - start).toBe(3);
  expect(answer._entities[4]).toMatchObject({ events: [{}, {}, {}], refunds: [{ id: made[5] }] });
});

test('customers and wallets list theirs too, from the end as well', async () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on Customer { transactions(last: 2) { edges { node { id } } pageInfo { hasPreviousPage } } }
    ... on Wallet { transactions(last: 2) { edges { node { id } } pageInfo { hasPreviousPage } } }
  } }`;
  const of = [
    { __typename: 'Customer', id: cus(customer) },
    { __typename: 'Wallet', id: wal(b as Uuid) },
  ];
  const { _entities } = await ask(fixture.payments, viewer, query, { of });
  expect(
    _entities.map(({ transactions }: Answer) =>
      transactions.edges.map(({ node }: Answer) => made.indexOf(node.id)),
    ),
  ).toEqual([
    [1, 0],
    [1, 0],
  ]);
  expect(_entities[0].transactions.pageInfo.hasPreviousPage).toBe(true);
});

test('lists by time find what was decided long after its id was made, as after an approval', async () => {
  const from = new Date(Date.now() + 29 * 86_400_000);
  const change = 'update payments.transaction set created_at = $2 where id = $1';
  await fixture.rows(change, [parseId('txn', made[3] ?? ''), from]);
  expect(await places({ createdAt: { from: from.toISOString() } })).toEqual([3]);
});
