import { type Answer, acc, keyOf, mutate, newKey } from '../payments/fixture.ts';
import { decideOn, shapeOf } from '../payments/gates/reviewing.ts';
import { openWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(async () => {
  await world.expectSound();
  await world.close();
});

const kindsOf = (transaction: Answer): readonly string[] =>
  transaction.events.map(({ kind }: { kind: string }) => kind);

function expectGapFree(transaction: Answer): void {
  const versions = transaction.events.map(({ version }: Answer) => version);
  expect(versions).toEqual(versions.map((_: number, index: number) => index + 1));
}

test('a pickup holds the money and its fee, waits with a code, and is complete once it is picked up', async () => {
  const tenant = await world.addTenant();
  const made = await world.pickup(tenant, '50');
  expect(made).toMatchObject({ status: 'PROCESSING', amount: { amount: '53.00' } });
  const ready = await world.untilPickup(tenant, made.id, 'AWAITING_ACTION');
  const { cashPickup } = ready.destination;
  expect(cashPickup).toMatchObject({ network: 'COUNTERS_US', recipientName: 'Ada Example' });
  expect(cashPickup.code).toMatch(/^\d{12}$/);
  expect(ready.events.at(-1)).toMatchObject({
    ...{ kind: 'PICKUP_READY', nextAction: 'PICK_UP', expectedBy: cashPickup.expiresAt, terminal: false },
  });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -5300');
  expect(await world.collect(tenant, made.id)).toMatchObject({ __typename: 'SandboxDone' });
  const done = await world.untilPickup(tenant, made.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'PICKUP_READY', 'PICKED_UP', 'COMPLETED']);
  expectGapFree(done);
  expect(done).toMatchObject({ finality: 'FINAL', capturedAmount: { amount: '53.00' } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('94700');
  expect(await world.balance(tenant, 'CLEARING')).toBe('5000');
  expect(await world.balance(tenant, 'FEES')).toBe('300');
});

test('what nobody picks up fails in time, and the money and its fee are free again', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  await world.collect(tenant, id, { expires: true });
  const failed = await world.untilPickup(tenant, id, 'FAILED');
  expect(failed.events.at(-1)).toMatchObject({ kind: 'PICKUP_EXPIRED', terminal: true });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('what our own clock says is over is ended at the network, and fails the same way', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  await world.fixture.rows(
    `update cash.order set expires_at = now(), next_at = now() where organization_id = $1`,
    [tenant.organizationId],
  );
  const failed = await world.untilPickup(tenant, id, 'FAILED');
  expect(kindsOf(failed).at(-1)).toBe('PICKUP_EXPIRED');
  expect(await world.collect(tenant, id)).toMatchObject({ __typename: 'InvalidInput' });
});

test('a network that refuses fails the transaction by its own word', async () => {
  const tenant = await world.addTenant();
  await world.outcome(tenant, 'REJECT');
  const { id } = await world.pickup(tenant, '50');
  const failed = await world.untilPickup(tenant, id, 'FAILED');
  expect(failed.events.at(-1)).toMatchObject({ kind: 'FAILED', reason: { code: 'REFUSED' } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('it is canceled before it is picked up, and not after', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  expect(await world.cancelTransaction(tenant, id)).toMatchObject({ __typename: 'Transaction' });
  const canceled = await world.untilPickup(tenant, id, 'CANCELED');
  expect(canceled.events.at(-1)).toMatchObject({ reason: { code: 'CANCELED_BY_REQUEST' } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');

  const paid = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, paid.id, 'AWAITING_ACTION');
  await world.collect(tenant, paid.id);
  await world.untilPickup(tenant, paid.id, 'COMPLETED');
  expect(await world.cancelTransaction(tenant, paid.id)).toMatchObject({ __typename: 'InvalidState' });
});

test('it is canceled at once where no network has seen it', async () => {
  const tenant = await world.addTenant();
  await world.stopCash();
  const { id } = await world.pickup(tenant, '50');
  expect(await world.cancelTransaction(tenant, id)).toMatchObject({ status: 'CANCELED' });
  await world.startCash();
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
  const messages = await world.fixture.rows(
    'select 1 from cash.message where key in (select id::text from cash.order where organization_id = $1)',
    [tenant.organizationId],
  );
  expect(messages).toEqual([]);
});

test('what waits to be picked up is neither captured nor refunded', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  const { payments } = world.fixture;
  const captured = await mutate(payments, tenant.viewer, 'captureTransaction', { id });
  expect(captured.result).toMatchObject({ __typename: 'InvalidState' });
  await world.collect(tenant, id);
  await world.untilPickup(tenant, id, 'COMPLETED');
  const refunded = await mutate(payments, tenant.viewer, 'refundTransaction', { id });
  expect(refunded.result).toMatchObject({ __typename: 'InvalidState' });
});

test('code and recipient are for the scope only, and in no table, event or message in the clear', async () => {
  const tenant = await world.addTenant();
  const customerFunds = acc(tenant.customerAccountId);
  await mutate(world.fixture.payments, tenant.viewer, 'createTransaction', {
    ...{ sourceId: acc(tenant.accountId), destinationId: customerFunds, amount: '100', asset: 'USD' },
  });
  const name = 'Zebedee Unmistakable';
  const to = { network: 'MACHINES_US', recipientName: name };
  const { id } = await world.pickup(tenant, '40', { sourceId: customerFunds, destinationCashPickup: to });
  const ready = await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  const { code } = ready.destination.cashPickup;
  const plain = keyOf(tenant.organizationId, ['transactions:read']);
  expect((await world.readPickup(plain, id)).destination.cashPickup).toMatchObject({
    ...{ code: null, codeMask: `****${code.slice(-4)}`, recipientName: 'Z***' },
  });
  const seen = await world.readPickup({ ...tenant.payer, scopes: ['*'] }, id);
  expect(seen.destination.cashPickup).toMatchObject({ code: null, recipientName: null });
  const everything = await world.everything();
  expect(everything).not.toContain(code);
  expect(everything).not.toContain(name);
});

test('the same key is the same pickup, and another recipient under it is refused', async () => {
  const tenant = await world.addTenant();
  const idempotencyKey = newKey();
  const first = await world.pickup(tenant, '50', { idempotencyKey });
  expect(await world.pickup(tenant, '50', { idempotencyKey })).toMatchObject({ id: first.id });
  const destinationCashPickup = { network: 'COUNTERS_US', recipientName: 'Somebody Else' };
  const other = await world.pickup(tenant, '50', { idempotencyKey, destinationCashPickup });
  expect(other).toMatchObject({ __typename: 'IdempotencyKeyReused' });
});

test('more than there is with its fee is refused, and leaves nothing behind', async () => {
  const tenant = await world.addTenant(5_200n);
  expect(await world.pickup(tenant, '50')).toMatchObject({ __typename: 'InsufficientFunds' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('5200');
});

test.each([
  ['amount', { amount: '1000.01' }],
  ['network', { destinationCashPickup: { network: 'NOWHERE', recipientName: 'A' } }],
  [
    'destinationCashPickup.recipientName',
    { destinationCashPickup: { network: 'COUNTERS_US', recipientName: ' ' } },
  ],
  ['destinationCashPickup', { destinationAddress: '0x00' }],
  ['captureMethod', { captureMethod: 'MANUAL' }],
  ['holdSeconds', { holdSeconds: 5 }],
  ['reference', { reference: 'rent' }],
])('%s of %j is refused', async (field, more) => {
  const tenant = await world.addTenant();
  expect(await world.pickup(tenant, '50', more)).toMatchObject({ __typename: 'InvalidInput', field });
});

test.each(['DEBIT', 'BANK'])('an account restricted by %s pays out no cash', async (restriction) => {
  const tenant = await world.addTenant();
  await world.fixture.rows('update ledger.account set restrictions = $2 where id = $1', [
    tenant.accountId,
    [restriction],
  ]);
  expect(await world.pickup(tenant, '50')).toMatchObject({ __typename: 'AccountRestricted' });
});

test('limits count the amount with its fee, and have room again for what came to nothing', async () => {
  const tenant = await world.addTenant();
  const { viewer, organizationId } = tenant;
  await world.fixture.rows(
    `insert into payments.limit_policy (id, organization_id, asset, per_day, set_by, created_at, updated_at)
     values (gen_random_uuid(), $1, 'USD', 10000, 'key', now(), now())`,
    [organizationId],
  );
  const first = await world.pickup(tenant, '50');
  expect(await world.pickup(tenant, '45')).toMatchObject({ __typename: 'LimitExceeded' });
  await world.untilPickup({ ...tenant, viewer }, first.id, 'AWAITING_ACTION');
  await world.collect(tenant, first.id, { expires: true });
  await world.untilPickup(tenant, first.id, 'FAILED');
  expect(await world.pickup(tenant, '45')).toMatchObject({ __typename: 'Transaction' });
});

test('a pickup under review shows what a slow one shows, and the same when it is released', async () => {
  const tenant = await world.addTenant();
  const blind = keyOf(tenant.organizationId, ['transactions:*', 'accounts:*']);
  const clerk = keyOf(tenant.organizationId, ['transactions:*', 'accounts:*', 'cash:pii:read']);
  const officer = { ...keyOf(tenant.organizationId), subjectId: 'officer' };
  await world.stopCash();
  const made: Answer[] = [];
  for (const recipientName of ['Zigzag Quuxquuxquux', 'Zoltan Quillfeather']) {
    const destinationCashPickup = { network: 'COUNTERS_US', recipientName };
    made.push(await world.pickup({ ...tenant, viewer: blind }, '20', { destinationCashPickup }));
  }
  const shapes = async () =>
    Promise.all(made.map(async ({ id }) => shapeOf(await world.readPickup(blind, id))));
  const [slow, reviewed] = await shapes();
  expect(reviewed).toContain('"recipientName":"Z***"');
  expect(reviewed).toBe(slow);
  const names = made.map(async ({ id }) => JSON.stringify(await world.readPickup(clerk, id)));
  expect(await Promise.all(names)).toEqual([
    expect.stringContaining('"recipientName":"Zigzag Quuxquuxquux"'),
    expect.stringContaining('"recipientName":"Zoltan Quillfeather"'),
  ]);
  await decideOn(world.fixture, officer, made[1].id, 'RELEASE');
  expect((await shapes())[1]).toBe(slow);
  await world.startCash();
});
