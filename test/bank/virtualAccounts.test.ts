import type { Uuid } from '../../platform/id.ts';
import { type Answer, acc, ask, clientOf, newKey, run } from '../payments/fixture.ts';
import { giveDetails, setStatus, vac } from './virtualAccounts.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;
let details: Uuid;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  details = await giveDetails(world, tenant);
});
afterEach(() => world.expectSound());

const RECEIPT = `id amount { amount } account { id } suspenseReason virtualAccount { id }
  transaction { id type status source { rail bankAccount virtualAccount { id } } destination { account { id } } }`;

async function deposit(to: Tenant, id: Uuid, more: object = {}): Promise<Answer> {
  const query = `mutation ($input: SimulateBankDepositInput!) { result: simulateBankDeposit(input: $input) {
    __typename ... on Failure { code } } }`;
  const about = { rail: 'WIRE', amount: '25.00', reference: 'rent', virtualAccountId: vac(id) };
  const input = { idempotencyKey: newKey(), ...about, ...more };
  return (await ask(world.fixture.payments, to.viewer, query, { input })).result;
}

async function receipts(to: Tenant, count: number): Promise<readonly Answer[]> {
  const read = async (): Promise<readonly Answer[]> => {
    const query = `{ bankReceipts(first: 100) { edges { node { ${RECEIPT} } } } }`;
    const { bankReceipts } = await ask(world.fixture.payments, to.viewer, query);
    return bankReceipts.edges.map(({ node }: { node: object }) => node);
  };
  const isSettled = ({ transaction, suspenseReason }: Answer) =>
    transaction !== null || suspenseReason !== null;
  return world.eventually(read, (list) => list.length === count && list.every(isSettled));
}

async function transactionsAt(id: Uuid, viewer = tenant.viewer): Promise<readonly Answer[]> {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on VirtualAccount {
    transactions(first: 100) { edges { node { id } } } } } }`;
  const of = [{ __typename: 'VirtualAccount', id: vac(id) }];
  const { _entities } = await ask(world.fixture.payments, viewer, query, { of });
  return _entities[0].transactions.edges.map(({ node }: Answer) => node.id);
}

const assign = async (receiptId: string): Promise<Answer> => {
  const query = `mutation ($input: AssignReceiptInput!) { result: assignReceipt(input: $input) {
    __typename ... on Transaction { id source { virtualAccount { id } } } ... on Failure { code } } }`;
  const input = { idempotencyKey: newKey(), receiptId, accountId: acc(tenant.accountId) };
  return (await ask(world.fixture.payments, tenant.viewer, query, { input })).result;
};

test('money that arrives at a virtual account opens a transaction by itself and credits its account', async () => {
  expect(await deposit(tenant, details)).toMatchObject({ __typename: 'SandboxDone' });
  const [receipt] = await receipts(tenant, 1);
  expect(receipt).toMatchObject({
    account: { id: acc(tenant.accountId) },
    suspenseReason: null,
    virtualAccount: { id: vac(details) },
    transaction: {
      type: 'FIAT_TO_FIAT',
      status: 'COMPLETED',
      source: { rail: 'WIRE', bankAccount: '****6789', virtualAccount: { id: vac(details) } },
      destination: { account: { id: acc(tenant.accountId) } },
    },
  });
  expect(await transactionsAt(details)).toEqual([receipt?.transaction.id]);
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
});

test('the details decide, whatever account the payer writes into the reference', async () => {
  const other = await world.fixture.openAccount(tenant.organizationId);
  await deposit(tenant, details, { reference: acc(other) });
  const [receipt] = await receipts(tenant, 1);
  expect(receipt?.account).toEqual({ id: acc(tenant.accountId) });
});

test.each(['PAUSED', 'CLOSED'] as const)(
  'what arrives while it is %s waits in suspense, says why, and can be assigned once',
  async (status) => {
    await setStatus(world, details, status);
    await deposit(tenant, details, { reference: acc(tenant.accountId) });
    const [waiting] = await receipts(tenant, 1);
    expect(waiting).toMatchObject({
      ...{ account: null, transaction: null, suspenseReason: status },
      virtualAccount: { id: vac(details) },
    });
    expect(await world.balance(tenant, 'SUSPENSE')).toBe('2500');
    expect(await transactionsAt(details)).toEqual([]);
    const assigned = await assign(waiting?.id);
    expect(assigned).toMatchObject({ source: { virtualAccount: { id: vac(details) } } });
    expect(await assign(waiting?.id)).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await transactionsAt(details)).toEqual([assigned.id]);
    expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
    expect(await world.balance(tenant, 'SUSPENSE')).toBe('0');
  },
);

test('what is paused and resumed takes what arrives then', async () => {
  await setStatus(world, details, 'PAUSED');
  await setStatus(world, details, 'ACTIVE');
  await deposit(tenant, details);
  expect(await receipts(tenant, 1)).toMatchObject([{ account: { id: acc(tenant.accountId) } }]);
});

test('another asset than it takes waits in suspense', async () => {
  await deposit(tenant, details, { rail: 'SEPA' });
  expect(await receipts(tenant, 1)).toMatchObject([
    { account: null, suspenseReason: 'OTHER_ASSET', virtualAccount: { id: vac(details) } },
  ]);
});

test('of an account that was closed meanwhile it waits in suspense', async () => {
  const accountId = await world.fixture.openAccount(tenant.organizationId);
  const ending = await giveDetails(world, { ...tenant, accountId });
  await world.fixture.closeEmptyAccount(accountId);
  await deposit(tenant, ending);
  expect(await receipts(tenant, 1)).toMatchObject([{ account: null, suspenseReason: 'ACCOUNT_CLOSED' }]);
});

test('closed while money arrives, each arrival is credited or in suspense, and what comes later is in suspense', async () => {
  const COUNT = 12;
  const arrivals = Array.from({ length: COUNT }, () => deposit(tenant, details));
  await setStatus(world, details, 'CLOSED');
  await Promise.all(arrivals);
  await deposit(tenant, details, { amount: '1.00' });
  const list = await receipts(tenant, COUNT + 1);
  const credited = list.filter(({ transaction }) => transaction !== null).length;
  expect(list.find(({ amount }) => amount.amount === '1.00')).toMatchObject({ suspenseReason: 'CLOSED' });
  expect(await transactionsAt(details)).toHaveLength(credited);
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(100_000 + 2_500 * credited));
  expect(await world.balance(tenant, 'SUSPENSE')).toBe(String(100 + 2_500 * (COUNT - credited)));
});

test('a deposit told three times and a bank worker that was away credit it once', async () => {
  const again = { idempotencyKey: newKey() };
  await world.stopBank();
  for (let time = 0; time < 3; time++) await deposit(tenant, details, again);
  await world.startBank();
  await receipts(tenant, 1);
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
});

test('the details of another organization are nobody, and what arrived there is not seen', async () => {
  const other = await world.addTenant();
  expect(await deposit(other, details)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await deposit(tenant, details, { virtualAccountId: 'vac_nonsense' })).toMatchObject({
    code: 'NOT_FOUND',
  });
  await deposit(tenant, details);
  await receipts(tenant, 1);
  expect(await transactionsAt(details, other.viewer)).toEqual([]);
});

test("a client token sees its own customer's transactions there, and of the source no account", async () => {
  const customerId = await world.fixture.addCustomer(tenant.organizationId);
  const stranger = await world.fixture.addCustomer(tenant.organizationId);
  const accountId = await world.fixture.openAccount(tenant.organizationId, { customerId });
  const theirs = await giveDetails(world, { ...tenant, accountId }, { customerId });
  await deposit(tenant, theirs);
  const [receipt] = await receipts(tenant, 1);
  const id = receipt?.transaction.id;
  const own = clientOf(tenant.organizationId, customerId);
  expect(await transactionsAt(theirs, own)).toEqual([id]);
  expect(await transactionsAt(theirs, clientOf(tenant.organizationId, stranger))).toEqual([]);
  const query = `query ($id: ID!) { transaction(id: $id) { source { virtualAccount { id } } } }`;
  const { data } = await run(world.fixture.payments, own, query, { id });
  expect(data).toMatchObject({ transaction: { source: { virtualAccount: null } } });
});
