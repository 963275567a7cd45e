import type { Uuid } from '../../platform/id.ts';
import { acc, ask, clientOf, newKey } from '../payments/fixture.ts';
import { handIn, mutateBatch, readBatch } from '../payments/payoutsWorld.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { ACH } from './asks.ts';
import { addPlace } from './places.ts';
import { createRefundAsks, type RefundAsks } from './refundAsks.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

let world: World;
let asks: RefundAsks;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
  asks = createRefundAsks(world);
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(() => world.expectSound());

const returned = { destinationBankAccount: ACH, reference: 'sim:RETURN' };

async function payAndReturn(more: object = {}): Promise<string> {
  const { id } = await world.pay(tenant, '10.00', { ...returned, ...more });
  await world.until(tenant, id, 'RETURNED');
  return id;
}

async function postedOf(accountId: string): Promise<string> {
  const sql = 'select (credits_posted - debits_posted)::text as posted from ledger.account where id = $1';
  const [row] = await world.fixture.rows<{ posted: string }>(sql, [accountId]);
  return row?.posted ?? 'none';
}

async function setDefault(returnPolicy: object, idempotencyKey = newKey()) {
  const text = `mutation ($input: SetDefaultReturnPolicyInput!) { result: setDefaultReturnPolicy(input: $input) {
    __typename ... on ReturnPolicy { onReturn retries accountId } ... on Failure { code } } }`;
  const input = { idempotencyKey, returnPolicy };
  return (await ask(world.fixture.payments, tenant.viewer, text, { input })).result;
}

test('without a policy returned money is credited to the account that it came from', async () => {
  const id = await payAndReturn();
  expect(await asks.read(tenant, id)).toMatchObject({
    returnPolicy: { onReturn: 'CREDIT_SOURCE', retries: 3, accountId: null },
    suspendedReturn: null,
  });
  expect(await postedOf(tenant.accountId)).toBe('100000');
});

test('returned money is credited to the account that was declared', async () => {
  const reserve = await world.fixture.openAccount(tenant.organizationId);
  const returnPolicy = { onReturn: 'CREDIT_ACCOUNT', accountId: acc(reserve) };
  const id = await payAndReturn({ returnPolicy });
  expect(await asks.read(tenant, id)).toMatchObject({
    returnPolicy: { onReturn: 'CREDIT_ACCOUNT', accountId: acc(reserve) },
  });
  expect([await postedOf(tenant.accountId), await postedOf(reserve)]).toEqual(['99000', '1000']);
});

test('money that is to wait in suspense is listed there until it is assigned, once', async () => {
  const id = await payAndReturn({ returnPolicy: { onReturn: 'HOLD_IN_SUSPENSE' } });
  expect(await asks.read(tenant, id)).toMatchObject({
    suspendedReturn: { reason: 'BY_POLICY', assignedAccountId: null },
  });
  expect(await asks.open(tenant, 'suspendedReturns')).toEqual([id]);
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('1000');
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => asks.assign(tenant, id, acc(tenant.accountId))),
  );
  expect(answers.filter(({ __typename }) => __typename === 'Transaction')).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'INVALID_STATE')).toHaveLength(7);
  const done = await asks.read(tenant, id);
  expect(done).toMatchObject({
    status: 'RETURNED',
    suspendedReturn: { assignedAccountId: acc(tenant.accountId) },
  });
  expect(kindsOf(done).at(-1)).toBe('RETURN_ASSIGNED');
  expect(await asks.open(tenant, 'suspendedReturns')).toEqual([]);
  expect([await world.balance(tenant, 'SUSPENSE'), await postedOf(tenant.accountId)]).toEqual([
    '0',
    '100000',
  ]);
});

test.each(['source', 'declared'])(
  'when the %s account is closed meanwhile the money waits in suspense, and why is told',
  async (which) => {
    const source = await world.fixture.openAccount(tenant.organizationId, { amountMinor: 1_000n });
    const reserve = await world.fixture.openAccount(tenant.organizationId);
    const policy = { onReturn: 'CREDIT_ACCOUNT', accountId: acc(reserve) };
    await world.outcome(tenant, 'RETURN', { delayMs: 800 });
    const more = which === 'declared' ? { returnPolicy: policy } : {};
    const { id } = await world.pay(tenant, '10.00', {
      sourceId: acc(source),
      destinationBankAccount: ACH,
      ...more,
    });
    await world.until(tenant, id, 'COMPLETED');
    await world.fixture.closeEmptyAccount(which === 'declared' ? reserve : source);
    const done = await world.until(tenant, id, 'RETURNED');
    expect(done.events.at(-1).reason.message).toContain('the account is closed, the money is in suspense');
    expect(await asks.read(tenant, id)).toMatchObject({ suspendedReturn: { reason: 'ACCOUNT_CLOSED' } });
    expect(await asks.assign(tenant, id, acc(which === 'declared' ? reserve : source))).toMatchObject({
      code: 'ACCOUNT_CLOSED',
    });
    expect(await asks.assign(tenant, id, acc(tenant.accountId))).toMatchObject({ __typename: 'Transaction' });
  },
);

test('the default of an organization holds for what begins after it, where the account counts the same Asset', async () => {
  const before = await world.pay(tenant, '10.00', returned);
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR' });
  expect(await setDefault({ onReturn: 'HOLD_IN_SUSPENSE', retries: 2 }, 'once')).toEqual({
    ...{ __typename: 'ReturnPolicy', onReturn: 'HOLD_IN_SUSPENSE', retries: 2, accountId: null },
  });
  const after = await world.pay(tenant, '10.00', returned);
  const own = await world.pay(tenant, '10.00', { ...returned, returnPolicy: { onReturn: 'CREDIT_SOURCE' } });
  const policy = async ({ id }: { id: string }) => (await asks.read(tenant, id)).returnPolicy;
  expect(await policy(before)).toMatchObject({ onReturn: 'CREDIT_SOURCE' });
  expect(await policy(after)).toMatchObject({ onReturn: 'HOLD_IN_SUSPENSE', retries: 2 });
  expect(await policy(own)).toMatchObject({ onReturn: 'CREDIT_SOURCE', retries: 3 });
  expect(await setDefault({ onReturn: 'CREDIT_ACCOUNT', accountId: acc(euros), retries: 0 })).toMatchObject({
    accountId: acc(euros),
  });
  const dollars = await world.pay(tenant, '10.00', returned);
  expect(await policy(dollars)).toEqual({ onReturn: 'CREDIT_SOURCE', retries: 0, accountId: null });
  for (const { id } of [before, after, own, dollars]) await world.until(tenant, id, 'RETURNED');
});

test('a policy that could not be followed is refused at once, and nothing is held', async () => {
  const other = await world.addTenant();
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR' });
  const cases = [
    [{ onReturn: 'CREDIT_ACCOUNT' }, 'INVALID_INPUT'],
    [{ onReturn: 'CREDIT_SOURCE', accountId: acc(tenant.accountId) }, 'INVALID_INPUT'],
    [{ onReturn: 'CREDIT_SOURCE', retries: 6 }, 'INVALID_INPUT'],
    [{ onReturn: 'CREDIT_ACCOUNT', accountId: acc(other.accountId) }, 'NOT_FOUND'],
    [{ onReturn: 'CREDIT_ACCOUNT', accountId: acc(euros) }, 'ASSET_MISMATCH'],
  ] as const;
  for (const [returnPolicy, code] of cases) {
    expect(await world.payOrFail(tenant, '10.00', { ...returned, returnPolicy })).toMatchObject({ code });
  }
  expect(
    await world.payOrFail(tenant, '10.00', {
      destinationBankAccount: null,
      destinationId: acc(euros),
      returnPolicy: { onReturn: 'CREDIT_SOURCE' },
    }),
  ).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await setDefault({ onReturn: 'CREDIT_ACCOUNT', accountId: acc(other.accountId) })).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await postedOf(tenant.accountId)).toBe('100000');
});

/** A quote within dollars that leads to a bank which sends the money back. */
async function quotedReturn(more: object = {}): Promise<string> {
  const sides = { fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'USD' };
  const wish = { sourceId: acc(tenant.accountId), amount: '10', ...sides, ...returned, ...more };
  return (await quoted(world.fixture.payments, tenant.viewer, wish)).id;
}

const accept = (quoteId: string, more: object = {}) =>
  mutateQuote(world.fixture.payments, tenant.viewer, 'acceptQuote', { quoteId, ...more });

test('what is paid from a quote, or to an external account, declares it as well', async () => {
  const reserve = await world.fixture.openAccount(tenant.organizationId);
  const returnPolicy = { onReturn: 'CREDIT_ACCOUNT', accountId: acc(reserve), retries: 1 };
  const quoteId = await quotedReturn();
  const paid = await accept(quoteId, { returnPolicy, idempotencyKey: 'with a policy' });
  expect(await accept(quoteId, { returnPolicy, idempotencyKey: 'with a policy' })).toMatchObject({
    ...{ id: paid.id, replayed: true },
  });
  expect(await accept(quoteId, { idempotencyKey: 'with a policy' })).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
  const place = { destinationBankAccount: null, destinationExternalAccountId: await addPlace(world, tenant) };
  const other = await world.pay(tenant, '10.00', { ...returned, ...place, rail: 'ACH', returnPolicy });
  for (const { id } of [paid, other]) {
    expect((await asks.read(tenant, id)).returnPolicy).toEqual(returnPolicy);
    await world.until(tenant, id, 'RETURNED');
  }
  expect([await postedOf(tenant.accountId), await postedOf(reserve)]).toEqual(['98000', '2000']);
});

test('a policy that does not go with a quote is refused, and the quote stays open', async () => {
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR' });
  const dollars = await world.fixture.openAccount(tenant.organizationId);
  const stranger = await world.addTenant();
  const quoteId = await quotedReturn();
  const inside = await quotedReturn({
    ...{ destinationBankAccount: null, reference: null, destinationId: acc(dollars) },
  });
  const cases = [
    [quoteId, { onReturn: 'CREDIT_SOURCE', retries: 6 }, 'INVALID_INPUT'],
    [quoteId, { onReturn: 'CREDIT_ACCOUNT', accountId: acc(stranger.accountId) }, 'NOT_FOUND'],
    [quoteId, { onReturn: 'CREDIT_ACCOUNT', accountId: acc(euros) }, 'ASSET_MISMATCH'],
    [inside, { onReturn: 'CREDIT_SOURCE' }, 'INVALID_INPUT'],
  ] as const;
  for (const [id, returnPolicy, code] of cases) {
    expect(await accept(id, { returnPolicy })).toMatchObject({ code });
  }
  for (const id of [quoteId, inside]) expect(await accept(id)).toMatchObject({ __typename: 'Transaction' });
});

test('an item of a batch declares it as well, and what is wrong with it is a fault of the item', async () => {
  const { organizationId, viewer, accountId: source } = tenant;
  const { fixture } = world;
  const [reserve, euros] = [
    await fixture.openAccount(organizationId),
    await fixture.openAccount(organizationId, { asset: 'EUR' }),
  ];
  const payer = { organizationId, viewer, source, payees: [reserve] };
  const credit = (id: Uuid) => ({ onReturn: 'CREDIT_ACCOUNT', accountId: acc(id) });
  const item = { ...returned, amount: '10' };
  const batch = await handIn(fixture, payer, [{ ...item, returnPolicy: credit(reserve) }, item]);
  await world.eventually(
    () => readBatch(fixture, payer, batch.id),
    ({ endedAt }) => endedAt !== null,
  );
  await world.eventually(
    () => postedOf(reserve),
    (posted) => posted === '1000',
  );
  const { result } = await mutateBatch(fixture, payer, 'createPayoutBatch', {
    items: [
      { ...item, returnPolicy: { onReturn: 'CREDIT_SOURCE', retries: 6 } },
      { ...item, returnPolicy: credit(euros) },
      { amount: '10', destinationId: acc(reserve), returnPolicy: { onReturn: 'CREDIT_SOURCE' } },
    ],
  });
  expect(result.faults).toMatchObject([
    { item: 1, field: 'returnPolicy.retries', value: '6', code: 'INVALID_INPUT' },
    { item: 2, field: 'returnPolicy.accountId', value: acc(euros), code: 'ASSET_MISMATCH' },
    { item: 3, field: 'returnPolicy', code: 'INVALID_INPUT' },
  ]);
});

test('another organization and a client token learn and do nothing of it', async () => {
  const other = await world.addTenant();
  const customerId = await world.fixture.addCustomer(tenant.organizationId);
  const source = await world.fixture.openAccount(tenant.organizationId, { customerId, amountMinor: 1_000n });
  const id = await payAndReturn({
    sourceId: acc(source),
    returnPolicy: { onReturn: 'CREDIT_ACCOUNT', accountId: acc(tenant.accountId) },
  });
  const held = await payAndReturn({ returnPolicy: { onReturn: 'HOLD_IN_SUSPENSE' } });
  expect(await asks.assign(other, held, acc(other.accountId))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await asks.assign(tenant, held, acc(other.accountId))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await asks.retry(other, id)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await asks.open(other, 'suspendedReturns')).toEqual([]);
  const client = { ...tenant, viewer: clientOf(tenant.organizationId, customerId) };
  expect(await asks.read(client, id)).toMatchObject({
    id,
    returnPolicy: null,
    suspendedReturn: null,
    refundRecovery: null,
  });
  expect(await asks.open(client, 'suspendedReturns')).toEqual([]);
  const { policy } = await ask(
    world.fixture.payments,
    client.viewer,
    '{ policy: defaultReturnPolicy { onReturn } }',
  );
  expect(policy).toBeNull();
});
