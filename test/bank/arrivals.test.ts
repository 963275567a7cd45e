import { acc, ask, newKey } from '../payments/fixture.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(() => world.expectSound());

const RECEIPT = `id rail reference payer amount { amount asset { code } } account { id } transaction { id type status
  finality version source { rail bankAccount reference orderId account { id } } destination { rail account { id } }
  events { kind terminal } }`;

async function deposit(to: Tenant, reference: string, more: object = {}) {
  const query = `mutation ($input: SimulateBankDepositInput!) { result: simulateBankDeposit(input: $input) {
    __typename ... on InvalidInput { field } ... on Failure { code } } }`;
  const input = { idempotencyKey: newKey(), rail: 'WIRE', amount: '25.00', reference, ...more };
  return (await ask(world.fixture.payments, to.viewer, query, { input })).result;
}

async function receipts(to: Tenant, args = 'first: 10') {
  const query = `{ bankReceipts(${args}) { edges { node { ${RECEIPT} } } pageInfo { hasNextPage } } }`;
  const { bankReceipts } = await ask(world.fixture.payments, to.viewer, query);
  return bankReceipts.edges.map(({ node }: { node: object }) => node);
}

async function assign(to: Tenant, receiptId: string, accountId: string, idempotencyKey = newKey()) {
  const query = `mutation ($input: AssignReceiptInput!) { result: assignReceipt(input: $input) { __typename
    ... on Transaction { id status source { bankAccount reference } destination { account { id } } }
    ... on InvalidInput { field expected } ... on Failure { code } } }`;
  return (
    await ask(world.fixture.payments, to.viewer, query, { input: { receiptId, accountId, idempotencyKey } })
  ).result;
}

test('money with the id of an account in its reference is credited to it', async () => {
  expect(await deposit(tenant, `rent ${acc(tenant.accountId)} March`)).toMatchObject({
    __typename: 'SandboxDone',
  });
  const [receipt] = await world.eventually(
    () => receipts(tenant),
    ([one]) => one?.transaction != null,
  );
  expect(receipt).toMatchObject({
    rail: 'WIRE',
    payer: '****6789',
    amount: { amount: '25.00', asset: { code: 'USD' } },
    account: { id: acc(tenant.accountId) },
    transaction: {
      type: 'FIAT_TO_FIAT',
      status: 'COMPLETED',
      finality: 'FINAL',
      version: 2,
      source: { rail: 'WIRE', bankAccount: '****6789', orderId: null },
      destination: { rail: 'BOOK', account: { id: acc(tenant.accountId) } },
      events: [
        { kind: 'CREATED', terminal: false },
        { kind: 'COMPLETED', terminal: true },
      ],
    },
  });
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
  expect(await world.balance(tenant, 'CLEARING')).toBe('-2500');
});

test('money that names nobody waits in suspense until somebody says whose it is, once', async () => {
  await deposit(tenant, 'no idea');
  const unassigned = () => receipts(tenant, 'first: 10, unassigned: true');
  const [waiting] = await world.eventually(unassigned, (list) => list.length === 1);
  expect(waiting).toMatchObject({ account: null, transaction: null });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('2500');
  const key = newKey();
  const assigned = await assign(tenant, waiting.id, acc(tenant.accountId), key);
  expect(assigned).toMatchObject({
    status: 'COMPLETED',
    source: { bankAccount: '****6789', reference: 'no idea' },
    destination: { account: { id: acc(tenant.accountId) } },
  });
  expect(await assign(tenant, waiting.id, acc(tenant.accountId), key)).toEqual(assigned);
  const again = await assign(tenant, waiting.id, acc(tenant.accountId));
  expect(again).toMatchObject({ code: 'INVALID_INPUT', field: 'receiptId' });
  expect(await unassigned()).toEqual([]);
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('0');
});

test('assigned twice at the same time it is credited once', async () => {
  await deposit(tenant, 'race');
  const [waiting] = await world.eventually(
    () => receipts(tenant, 'first: 1, unassigned: true'),
    (list) => list.length === 1,
  );
  const both = await Promise.all([1, 2, 3].map(() => assign(tenant, waiting.id, acc(tenant.accountId))));
  expect(both.filter((one) => one.__typename === 'Transaction')).toHaveLength(1);
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
});

test('an account of another organization is nobody, in a reference and in an assignment', async () => {
  const other = await world.addTenant();
  await deposit(tenant, acc(other.accountId));
  const [waiting] = await world.eventually(
    () => receipts(tenant, 'first: 1, unassigned: true'),
    (list) => list.length === 1,
  );
  expect(await assign(tenant, waiting.id, acc(other.accountId))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await assign(other, waiting.id, acc(other.accountId))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await receipts(other)).toEqual([]);
  expect(await world.balance(other, 'TREASURY')).toBe('100000');
});

test('an account in another asset, or closed, is not credited', async () => {
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR' });
  const closed = await world.fixture.openAccount(tenant.organizationId);
  await world.fixture.closeEmptyAccount(closed);
  await deposit(tenant, `${acc(euros)}`);
  await deposit(tenant, `${acc(closed)}`);
  const waiting = await world.eventually(
    () => receipts(tenant, 'first: 10, unassigned: true'),
    (list) => list.length === 2,
  );
  expect(await assign(tenant, waiting[0].id, acc(euros))).toMatchObject({ code: 'ASSET_MISMATCH' });
  expect(await assign(tenant, waiting[0].id, acc(closed))).toMatchObject({ code: 'ACCOUNT_CLOSED' });
});

test('the same deposit told again arrives once; a lost callback is found in the list', async () => {
  const again = { idempotencyKey: 'one deposit' };
  await world.stopBank();
  await deposit(tenant, acc(tenant.accountId), again);
  await deposit(tenant, acc(tenant.accountId), again);
  await world.startBank();
  await world.eventually(
    () => receipts(tenant),
    ([one]) => one?.transaction != null,
  );
  expect(await receipts(tenant)).toHaveLength(1);
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
});

test('what cannot be is refused before the bank is told', async () => {
  expect(await deposit(tenant, 'x', { amount: '0' })).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'amount',
  });
  expect(await deposit(tenant, '')).toMatchObject({ code: 'INVALID_INPUT', field: 'reference' });
});
