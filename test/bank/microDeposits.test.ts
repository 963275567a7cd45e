import { newUuid } from '../../platform/id.ts';
import { type Answer, acc, ask, clientOf, newKey } from '../payments/fixture.ts';
import { addPlace, SEND } from './microDeposits.ts';
import { openWorld, type Tenant, type World } from './world.ts';

const START = 100_000n;

let world: World;
let tenant: Tenant;
let id: string;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(START);
  id = await addPlace(world, tenant);
});
afterEach(() => world.expectSound());

async function send(from: Tenant, more: object = {}): Promise<Answer> {
  const input = { idempotencyKey: newKey(), externalAccountId: id, sourceId: acc(from.accountId), ...more };
  return (await ask(world.fixture.payments, from.viewer, SEND, { input })).result;
}

async function statusOf(viewer = tenant.viewer): Promise<string | null> {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ExternalAccount {
    microDeposits { status source { id } } } } }`;
  const of = [{ __typename: 'ExternalAccount', id }];
  return (
    (await ask(world.fixture.payments, viewer, query, { of }))._entities[0].microDeposits?.status ?? null
  );
}

const until = (status: string) =>
  world.eventually(
    () => statusOf(),
    (is) => is === status,
  );

const placeRow = async (): Promise<Answer> =>
  (
    await world.fixture.rows<Answer>(
      'select status, reason, version from bank.external_account where organization_id = $1',
      [tenant.organizationId],
    )
  )[0];

const told = () =>
  world.fixture.rows<Answer>(
    `select type, version, payload from platform.outbox where organization_id = $1 order by version`,
    [tenant.organizationId],
  );

const orders = () =>
  world.fixture.rows<Answer>(
    `select amount::text, state, rail from bank.order where organization_id = $1 order by amount`,
    [tenant.organizationId],
  );

test('two orders leave the treasury as one sum, and once both are settled they have arrived', async () => {
  expect(await statusOf()).toBeNull();
  expect(await send(tenant)).toMatchObject({
    ...{ __typename: 'MicroDeposits', status: 'UNDER_WAY' },
    ...{ externalAccount: { id }, source: { id: acc(tenant.accountId) } },
  });
  await until('ARRIVED');
  expect(await orders()).toEqual([
    { amount: '32', state: 'SETTLED', rail: 'ACH' },
    { amount: '45', state: 'SETTLED', rail: 'ACH' },
  ]);
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(START - 77n));
  expect(await world.balance(tenant, 'CLEARING')).toBe('77');
  expect(await placeRow()).toEqual({ status: 'PENDING_VERIFICATION', reason: null, version: 2 });
  expect((await told()).map(({ type, version }) => `${type} ${version}`)).toEqual([
    'ExternalAccountMicroDepositsArrived 2',
  ]);
});

test('no transaction, transfer or event tells one of the amounts', async () => {
  await send(tenant);
  await until('ARRIVED');
  const query = `{ transactions(first: 10) { edges { node { id } } } }`;
  expect((await ask(world.fixture.payments, tenant.viewer, query)).transactions.edges).toEqual([]);
  const transfers = await world.fixture.rows<{ amount: string }>(
    `select amount::text from ledger.transfer where organization_id = $1 and kind <> 'SINGLE'`,
    [tenant.organizationId],
  );
  expect(new Set(transfers.map(({ amount }) => amount))).toEqual(new Set(['77']));
  expect((await told()).map(({ payload }) => Object.keys(payload))).toEqual([['id']]);
});

test('they are sent once, by however many and under however many keys', async () => {
  const key = newKey();
  const many = await Promise.all(
    Array.from({ length: 6 }, (_, index) => send(tenant, index < 2 ? { idempotencyKey: key } : {})),
  );
  const sent = many.filter(({ __typename }) => __typename === 'MicroDeposits');
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.length).toBeLessThan(3);
  expect(many.filter(({ field }) => field === 'externalAccountId')).toHaveLength(6 - sent.length);
  await until('ARRIVED');
  expect(await orders()).toHaveLength(2);
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(START - 77n));
});

test('one that the bank refuses declines the account with its reason, and only what was paid is gone', async () => {
  await world.outcome(tenant, 'REJECT', { reasonCode: 'AC04' });
  await send(tenant);
  await until('FAILED');
  expect(await placeRow()).toMatchObject({
    status: 'DECLINED',
    reason: expect.stringContaining('the account is closed'),
    version: 2,
  });
  const paid = (await orders())
    .filter(({ state }) => state === 'SETTLED')
    .map(({ amount }) => BigInt(amount));
  expect(paid).toHaveLength(1);
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(START - (paid[0] ?? 0n)));
  expect((await told()).map(({ type }) => type)).toEqual(['ExternalAccountDeclined']);
  expect(await send(tenant)).toMatchObject({ field: 'externalAccountId' });
});

test('one that comes back after both had arrived declines the account, and the money is there again', async () => {
  await world.outcome(tenant, 'RETURN', { reasonCode: 'AC01', delayMs: 1_500 });
  await send(tenant);
  await until('ARRIVED');
  await until('FAILED');
  expect(await placeRow()).toMatchObject({ status: 'DECLINED', version: 3 });
  const kept = (await orders())
    .filter(({ state }) => state === 'SETTLED')
    .map(({ amount }) => BigInt(amount));
  expect(kept).toHaveLength(1);
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(START - (kept[0] ?? 0n)));
});

test('callbacks that are lost, doubled or in disorder, and a bank worker that was away, come to the same', async () => {
  await world.outcome(tenant, 'LOST_CALLBACK');
  await world.outcome(tenant, 'OUT_OF_ORDER');
  await world.stopBank();
  await send(tenant);
  expect(await statusOf()).toBe('UNDER_WAY');
  await world.startBank();
  await until('ARRIVED');
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(START - 77n));
});

test('what cannot pay is told so, and nothing is sent', async () => {
  const poor = await world.fixture.openAccount(tenant.organizationId, { amountMinor: 76n });
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR', amountMinor: 500n });
  const customerId = await world.fixture.addCustomer(tenant.organizationId);
  const customers = await world.fixture.openAccount(tenant.organizationId, { customerId, amountMinor: 500n });
  const barred = await world.fixture.openAccount(tenant.organizationId, { amountMinor: 500n });
  await world.fixture.rows(`update ledger.account set restrictions = '{BANK}' where id = $1`, [barred]);
  expect(await send(tenant, { sourceId: acc(poor) })).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  expect(await send(tenant, { sourceId: acc(euros) })).toMatchObject({ code: 'ASSET_MISMATCH' });
  expect(await send(tenant, { sourceId: acc(customers) })).toMatchObject({ field: 'sourceId' });
  expect(await send(tenant, { sourceId: acc(barred) })).toMatchObject({ code: 'ACCOUNT_RESTRICTED' });
  expect(await send(tenant, { sourceId: acc(newUuid()) })).toMatchObject({ code: 'NOT_FOUND' });
  const policy = `mutation ($input: SetLimitPolicyInput!) { setLimitPolicy(input: $input) { __typename } }`;
  const limit = { idempotencyKey: newKey(), asset: 'USD', perTransaction: '0.50' };
  await ask(world.fixture.payments, tenant.viewer, policy, { input: limit });
  expect(await send(tenant)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await orders()).toEqual([]);
  expect(await statusOf()).toBeNull();
});

test('another organization cannot send to it or see it, and a client token is told nothing', async () => {
  const other = await world.addTenant();
  expect(await send(other)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await send(tenant, { sourceId: acc(other.accountId) })).toMatchObject({ code: 'NOT_FOUND' });
  await send(tenant);
  await until('ARRIVED');
  expect(await statusOf(other.viewer)).toBeNull();
  expect(await statusOf(clientOf(tenant.organizationId, newUuid()))).toBeNull();
});
