import { formatId, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import {
  acc,
  ask,
  clientOf,
  type Fixture,
  keyOf,
  mutate,
  openFixture,
  run,
  succeed,
  wal,
} from './fixture.ts';

interface Tenant {
  readonly organizationId: Uuid;
  /** Customers with an account each; a third account is the organization's own. */
  readonly customers: readonly [Uuid, Uuid];
  readonly accounts: readonly [Uuid, Uuid, Uuid];
  readonly completed: string;
  readonly held: string;
  readonly refund: string;
}

let fixture: Fixture;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  fixture = await openFixture();
  ours = await addTenant();
  theirs = await addTenant();
});
afterAll(() => fixture.close());

async function addTenant(): Promise<Tenant> {
  const organizationId = await fixture.addOrganization();
  const viewer = keyOf(organizationId);
  const customers = [
    await fixture.addCustomer(organizationId),
    await fixture.addCustomer(organizationId),
  ] as const;
  const open = (customerId?: Uuid): Promise<Uuid> =>
    fixture.openAccount(organizationId, {
      ...(customerId ? { customerId } : {}),
      amountMinor: 1_000n,
      backsWallet: true,
    });
  const accounts = [await open(customers[0]), await open(customers[1]), await open()] as const;
  const send = async (from: Uuid, to: Uuid, more: object = {}): Promise<string> =>
    (
      await succeed(fixture.payments, viewer, 'createTransaction', {
        sourceId: acc(from),
        destinationId: acc(to),
        amount: '1',
        asset: 'USD',
        ...more,
      })
    ).id;
  const metadata = [{ key: 'order', value: '1' }];
  const completed = await send(accounts[0], accounts[2], { externalId: 'mine', metadata });
  const held = await send(accounts[1], accounts[2], { captureMethod: 'MANUAL' });
  const refund = await succeed(fixture.payments, viewer, 'refundTransaction', {
    id: completed,
    amount: '0.1',
    externalId: 'my-refund',
  });
  return { organizationId, customers, accounts, completed, held, refund: refund.id };
}

const LOOK = `query ($id: ID!, $externalId: String!, $filter: TransactionFilter, $of: [_Any!]!) {
  transaction(id: $id) { id }
  transactionByExternalId(externalId: $externalId) { id }
  transactions(first: 100, filter: $filter) { edges { node { id } } }
  _entities(representations: $of) {
    ... on Transaction { id }
    ... on Account { transactions(first: 100) { edges { node { id } } } }
    ... on Customer { transactions(first: 100) { edges { node { id } } } }
    ... on Wallet { transactions(first: 100) { edges { node { id } } } }
  } }`;

test('no path of reading shows anything of another organization', async () => {
  const viewer = keyOf(ours.organizationId);
  const [account] = theirs.accounts;
  for (const filter of [
    { accountId: acc(account) },
    { walletId: wal(account) },
    { customerId: formatId('cus', theirs.customers[0]) },
    { metadata: { key: 'order', value: '2' } },
  ]) {
    const answer = await ask(fixture.payments, viewer, LOOK, {
      id: theirs.completed,
      externalId: 'nobody',
      filter,
      of: [
        { __typename: 'Transaction', id: theirs.completed },
        { __typename: 'Account', id: acc(account) },
        { __typename: 'Customer', id: formatId('cus', theirs.customers[0]) },
        { __typename: 'Wallet', id: wal(account) },
      ],
    });
    const nothing = { transactions: { edges: [] } };
    expect(answer).toEqual({
      transaction: null,
      transactionByExternalId: null,
      transactions: { edges: [] },
      _entities: [null, nothing, nothing, nothing],
    });
  }
});

test('the same externalId of two organizations names the one of who asks', async () => {
  const query = '{ transactionByExternalId(externalId: "mine") { id } }';
  for (const tenant of [ours, theirs]) {
    const { transactionByExternalId } = await ask(fixture.payments, keyOf(tenant.organizationId), query);
    expect(transactionByExternalId.id).toBe(tenant.completed);
  }
});

test('a mutation on another organization says the same as on nothing, and does nothing', async () => {
  const viewer = keyOf(ours.organizationId);
  const steps = 'select count(*)::int as count from payments.transaction_event';
  const before = await fixture.rows(steps);
  const absent = theirs.completed.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  for (const name of ['captureTransaction', 'cancelTransaction', 'refundTransaction'] as const) {
    for (const id of [theirs.completed, theirs.held, absent, 'x']) {
      const { result } = await mutate(fixture.payments, viewer, name, { id });
      expect(result).toEqual({
        __typename: 'NotFound',
        code: 'NOT_FOUND',
        message: `there is no ${id}`,
        retryable: false,
        missingId: id,
      });
    }
  }
  const base = { amount: '1', asset: 'USD' };
  const [foreign, own] = [acc(theirs.accounts[0]), acc(ours.accounts[0])];
  for (const sides of [
    { sourceId: foreign, destinationId: own },
    { sourceId: own, destinationId: foreign },
  ]) {
    const { result } = await mutate(fixture.payments, viewer, 'createTransaction', { ...base, ...sides });
    expect(result).toMatchObject({ __typename: 'NotFound', missingId: foreign });
  }
  expect(await fixture.rows(steps)).toEqual(before);
});

test('a client token sees what its customer is part of, on every path, and moves nothing', async () => {
  const viewer = clientOf(ours.organizationId, ours.customers[0]);
  const answer = await ask(fixture.payments, viewer, LOOK, {
    id: ours.held,
    externalId: 'mine',
    filter: {},
    of: [
      { __typename: 'Transaction', id: ours.held },
      { __typename: 'Account', id: acc(ours.accounts[2]) },
      { __typename: 'Customer', id: formatId('cus', ours.customers[1]) },
      { __typename: 'Wallet', id: wal(ours.accounts[1]) },
    ],
  });
  const mine = { edges: [{ node: { id: ours.refund } }, { node: { id: ours.completed } }] };
  expect(answer).toEqual({
    transaction: null,
    transactionByExternalId: { id: ours.completed },
    transactions: mine,
    _entities: [
      null,
      { transactions: mine },
      { transactions: { edges: [] } },
      { transactions: { edges: [] } },
    ],
  });
  const filters = [
    { customerId: formatId('cus', ours.customers[1]) },
    { accountId: acc(ours.accounts[1]) },
    { statuses: ['AWAITING_ACTION'] },
  ];
  for (const filter of filters) {
    const { transactions } = await ask(fixture.payments, viewer, LOOK, {
      id: 'x',
      externalId: 'x',
      filter,
      of: [],
    });
    expect(transactions.edges).toEqual([]);
  }
  const mutation = `mutation { cancelTransaction(input: { idempotencyKey: "k", id: "${ours.held}" }) { __typename } }`;
  const wide = { ...viewer, scopes: ['*'] };
  const refused = await run(fixture.payments, wide, mutation);
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('each root field asks for its scope', async () => {
  const none = keyOf(ours.organizationId, ['accounts:read']);
  const input = `input: { idempotencyKey: "k", id: "${ours.held}" }`;
  for (const operation of [
    `{ transaction(id: "${ours.completed}") { id } }`,
    '{ transactionByExternalId(externalId: "mine") { id } }',
    '{ transactions(first: 1) { edges { node { id } } } }',
    `mutation { captureTransaction(${input}) { __typename } }`,
    `mutation { cancelTransaction(${input}) { __typename } }`,
    `mutation { refundTransaction(${input}) { __typename } }`,
  ]) {
    const { errors } = await run(fixture.payments, none, operation);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('the tables themselves show a reader one organization only, whatever the statement asks', async () => {
  const reads = await openDatabase({ url: fixture.url, role: 'omsx_payments', poolMax: 1 });
  const tables = ['transaction', 'transaction_event', 'transaction_metadata'];
  for (const table of tables) {
    const seen = statement(`test.${table}`, `select distinct organization_id from payments.${table}`);
    const rows = await reads.readRows<{ organization_id: Uuid }>(ours.organizationId, seen);
    expect(rows).toEqual([{ organization_id: ours.organizationId }]);
  }
  await reads.close();
});
