import { parseId, type Uuid } from '../../platform/id.ts';
import { type Answer, ask, mutate, newKey, wal } from './fixture.ts';
import { CONTRACT, kindsOf, newAddress, openWorld, type Tenant, type World } from './onchainWorld.ts';

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

const wallet = () => world.balance(tenant.organizationId, 'CUSTOMER');
const uuidOf = ({ id }: Answer): Uuid => parseId('txn', id) as Uuid;

async function deposit(): Promise<string> {
  const id = await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  return (await world.transactionOf(id)) ?? '';
}

async function refund(id: string, more: object = {}): Promise<Answer> {
  return (await mutate(world.fixture.payments, tenant.viewer, 'refundTransaction', { id, ...more })).result;
}

async function retry(id: string, more: object = {}): Promise<Answer> {
  const text = `mutation ($input: RetryRefundInput!) { result: retryRefund(input: $input) { __typename
    ... on Transaction { id status } ... on Failure { code } ... on InvalidInput { field } } }`;
  const input = { idempotencyKey: newKey(), id, ...more };
  return (await ask(world.fixture.payments, tenant.viewer, text, { input })).result;
}

async function amounts(id: string): Promise<readonly string[]> {
  const text =
    'query ($id: ID!) { transaction(id: $id) { refundedAmount { amount } refundingAmount { amount } } }';
  const { transaction } = await ask(world.fixture.payments, tenant.viewer, text, { id });
  return [transaction.refundedAmount.amount, transaction.refundingAmount.amount];
}

/** As the chain decides a send. */
async function end(sent: Answer, outcome: 'SUCCEEDED' | 'REVERTED'): Promise<void> {
  const { id, hash } = await world.carry(uuidOf(sent));
  const sets = `state = 'FINAL', outcome = '${outcome}', included_hash = '${hash}', fee = 21`;
  await world.moveCarrier(id, sets, `state = 'FINAL'`);
  await world.settle();
}

test('a deposit goes back as a send to the address that is named, and is refunded once it is final', async () => {
  const original = await deposit();
  const to = newAddress();
  const begun = await refund(original, { amount: '2', destinationAddress: to });
  expect(begun).toMatchObject({ type: 'REFUND', status: 'PROCESSING', refundOf: { id: original } });
  expect(await wallet()).toBe('5000000 and -2000000');
  expect(await amounts(original)).toEqual(['0.000000', '2.000000']);
  const [send] = await world.fixture.rows(
    'select to_address, amount, from_address from chain.send where id = $1',
    [uuidOf(begun)],
  );
  expect(send).toEqual({ to_address: to, amount: '2000000', from_address: tenant.custody });
  await end(begun, 'SUCCEEDED');
  expect(await amounts(original)).toEqual(['2.000000', '0.000000']);
  expect(await wallet()).toBe('3000000');
  expect(kindsOf(await world.timeline(tenant.viewer, begun.id))).toEqual([
    ...['CREATED', 'SUBMITTED', 'BROADCAST', 'INCLUDED', 'COMPLETED'],
  ]);
});

test('it never goes to where it came from by itself, nor to ourselves or a contract', async () => {
  const original = await deposit();
  expect(await refund(original)).toMatchObject({ code: 'INVALID_INPUT', field: 'destinationAddress' });
  for (const destinationAddress of [tenant.address, tenant.custody, CONTRACT, `0x${'0'.repeat(40)}`]) {
    expect(await refund(original, { destinationAddress })).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'destinationAddress',
    });
  }
  expect(await wallet()).toBe('5000000');
});

test('a refund that the chain refuses can be refunded again: by itself to the same address, or to another', async () => {
  const original = await deposit();
  const first = await refund(original, {
    destinationAddress: newAddress(),
    returnPolicy: { onReturn: 'CREDIT_SOURCE', retries: 0 },
  });
  expect(await refund(original, { amount: '0.000001', destinationAddress: newAddress() })).toMatchObject({
    code: 'REFUND_EXCEEDS_CAPTURED',
  });
  await end(first, 'REVERTED');
  expect(await amounts(original)).toEqual(['0.000000', '0.000000']);
  expect(kindsOf(await world.timeline(tenant.viewer, original)).slice(-3)).toEqual([
    ...['REFUND_STARTED', 'REFUND_FAILED', 'REFUND_ESCALATED'],
  ]);
  const second = await retry(first.id);
  const [same] = await world.fixture.rows(
    'select count(distinct to_address)::int as count from chain.send where id = any($1)',
    [[uuidOf(first), uuidOf(second)]],
  );
  expect(same).toEqual({ count: 1 });
  await end(second, 'REVERTED');
  const third = await retry(second.id, { destinationAddress: newAddress() });
  await end(third, 'SUCCEEDED');
  expect(await amounts(original)).toEqual(['5.000000', '0.000000']);
  expect(await wallet()).toBe('0');
});

test('a send cannot be refunded, and a deposit not by way of a bank', async () => {
  const original = await deposit();
  const account = {
    rail: 'WIRE',
    accountHolderName: 'Ada Example',
    routingNumber: '021000021',
    accountNumber: '000123456789',
  };
  expect(await refund(original, { destinationBankAccount: account })).toMatchObject({
    code: 'INVALID_INPUT',
  });
  const sent = await mutate(world.fixture.payments, tenant.viewer, 'createTransaction', {
    ...{ sourceId: wal(tenant.walletId), destinationAddress: newAddress(), amount: '1', asset: 'USDC' },
  });
  await end(sent.result, 'SUCCEEDED');
  expect(await refund(sent.result.id, { destinationAddress: newAddress() })).toMatchObject({
    code: 'INVALID_STATE',
  });
});
