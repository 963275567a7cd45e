import { formatId, parseId } from '../../platform/id.ts';
import { type Answer, acc, keyOf, newKey } from '../payments/fixture.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(async () => {
  await world.expectSound();
  await world.close();
});

/** Lets the code of a cash-in run out, as far as the database is concerned. */
async function runOut(cashInId: string): Promise<void> {
  const id = parseId('csh', cashInId);
  const { rows } = world.fixture;
  await rows(`update payments.cash_in set expires_at = now() - interval '1 second' where id = $1`, [id]);
  await rows(
    `update cash.order set expires_at = now() - interval '1 second'
      where id = (select order_id from payments.cash_in where id = $1)`,
    [id],
  );
}

async function eventsOf(cashInId: string): Promise<readonly string[]> {
  const sql = 'select type, version from platform.outbox where aggregate_id = $1 order by version';
  const rows = await world.fixture.rows<{ type: string; version: number }>(sql, [parseId('csh', cashInId)]);
  expect(rows.map(({ version }) => version)).toEqual(rows.map((_, index) => index + 1));
  return rows.map(({ type }) => type);
}

const reasonsOf = (receipts: readonly Answer[]): readonly string[] => receipts.map(({ reason }) => reason);

test('a cash-in answers with its code, is paid at the counter, and credits the account less the fee', async () => {
  const tenant = await world.addTenant();
  const made = await world.cashIn(tenant, { externalId: 'till 7' });
  expect(made).toMatchObject({ status: 'OPEN', amount: { amount: '100.00' }, net: { amount: '98.50' } });
  expect(made.code).toMatch(/^\d{12}$/);
  expect(made.codeMask).toBe(`****${made.code.slice(-4)}`);
  expect(made.fees).toEqual([{ amount: { amount: '1.50' }, percent: '0.5' }]);
  expect(await world.pay(tenant, made.id)).toMatchObject({ __typename: 'SandboxDone' });
  const paid = await world.untilCashIn(tenant, made.id, 'PAID');
  expect(paid).toMatchObject({
    ...{ code: null, codeMask: null, account: { id: acc(tenant.customerAccountId) } },
    transaction: { status: 'COMPLETED', cashIn: { id: made.id }, source: { rail: 'CASH' } },
  });
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('9850');
  expect(await world.balance(tenant, 'FEES')).toBe('150');
  expect(await world.balance(tenant, 'CLEARING')).toBe('-10000');
  expect(await eventsOf(made.id)).toEqual(['CashInCreated', 'CashInOpened', 'CashInPaid']);
});

test('the same key is the same cash-in, whose code is not shown again; other input is refused', async () => {
  const tenant = await world.addTenant();
  const idempotencyKey = newKey();
  const made = await world.cashIn(tenant, { idempotencyKey });
  const again = await world.cashIn(
    { ...tenant, viewer: keyOf(tenant.organizationId, ['transactions:write', 'transactions:read']) },
    { idempotencyKey },
  );
  expect(again).toMatchObject({ id: made.id, code: null, codeMask: made.codeMask });
  const input = { idempotencyKey, destinationId: acc(tenant.customerAccountId), network: 'COUNTERS_US' };
  const other = await world.send(tenant.viewer, 'createCashIn', { ...input, amount: '101', asset: 'USD' });
  expect(other).toMatchObject({ __typename: 'IdempotencyKeyReused' });
});

test('the code is for its payer and for the scope, and for nobody in a list', async () => {
  const tenant = await world.addTenant();
  const other = await world.fixture.addCustomer(tenant.organizationId);
  const { id, code } = await world.cashIn(tenant);
  const plain = keyOf(tenant.organizationId, ['transactions:read']);
  const scoped = keyOf(tenant.organizationId, ['transactions:read', 'cash:pii:read']);
  expect(await world.readCashIn(plain, id)).toMatchObject({ code: null, codeMask: `****${code.slice(-4)}` });
  expect((await world.readCashIn(scoped, id)).code).toBe(code);
  expect(await world.readCashIn(tenant.payer, id)).toMatchObject({
    code,
    fees: [],
    metadata: [],
    externalId: null,
  });
  expect(await world.readCashIn({ ...tenant.payer, customerId: other }, id)).toBeNull();
  const spy = await world.addTenant();
  expect(await world.readCashIn(spy.viewer, id)).toBeNull();
  for (const viewer of [scoped, tenant.payer]) {
    const listed = await world.listCashIns(viewer);
    expect(listed).toMatchObject([{ id, code: null, codeMask: `****${code.slice(-4)}` }]);
  }
  expect(await world.listCashIns({ ...tenant.payer, customerId: other })).toEqual([]);
});

test('paid twice, the second payment waits in suspense, and can be assigned once', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await world.pay(tenant, id);
  await world.untilCashIn(tenant, id, 'PAID');
  expect(await world.pay(tenant, id)).toMatchObject({ __typename: 'InvalidInput', field: 'cashInId' });
  await world.pay(tenant, id, { anyway: true });
  const [receipt] = await world.untilReceipts(tenant, 1, true);
  expect(receipt).toMatchObject({ reason: 'ALREADY_PAID', cashIn: { id }, account: null, transaction: null });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('10000');
  const input = { receiptId: receipt.id, accountId: acc(tenant.customerAccountId) };
  const assigned = await world.send(tenant.viewer, 'assignCashReceipt', input);
  expect(assigned).toMatchObject({ status: 'COMPLETED', destination: { amount: { amount: '100.00' } } });
  expect(await world.send(tenant.viewer, 'assignCashReceipt', input)).toMatchObject({
    ...{ __typename: 'InvalidInput', field: 'receiptId' },
  });
  const spy = await world.addTenant();
  expect(await world.send(spy.viewer, 'assignCashReceipt', input)).toMatchObject({ __typename: 'NotFound' });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('0');
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('19850');
  expect(await world.receipts(tenant, true)).toEqual([]);
});

test('another amount than was asked for fails the cash-in by name, and is in suspense', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await world.pay(tenant, id, { amount: '99.99' });
  expect(await world.untilCashIn(tenant, id, 'FAILED')).toMatchObject({ failureCode: 'AMOUNT_DIFFERS' });
  expect(reasonsOf(await world.receipts(tenant, true))).toEqual(['AMOUNT_DIFFERS']);
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('9999');
});

test('what is not paid in time expires, and what is paid late all the same is in suspense', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await runOut(id);
  await world.untilCashIn(tenant, id, 'EXPIRED');
  await world.eventually(
    () => world.orderOf(id),
    ({ state }) => state === 'CANCELED',
  );
  await world.pay(tenant, id, { anyway: true });
  expect(reasonsOf(await world.untilReceipts(tenant, 1, true))).toEqual(['NOT_OPEN']);
  expect(await world.readCashIn(tenant.viewer, id)).toMatchObject({ status: 'EXPIRED' });
});

test('what a counter took after the code had run out is in suspense as late', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await world.stopCash();
  await runOut(id);
  await world.pay(tenant, id);
  await world.startCash();
  expect(reasonsOf(await world.untilReceipts(tenant, 1, true))).toEqual(['LATE']);
  await world.untilCashIn(tenant, id, 'EXPIRED');
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('0');
});

test('what was paid in time and told late is credited, though the cash-in had expired', async () => {
  const tenant = await world.addTenant();
  await world.outcome(tenant, 'LOST_CALLBACK');
  const { id } = await world.cashIn(tenant);
  await world.stopCash();
  await world.pay(tenant, id);
  // The payment is older than the end of the code, which the database now says is over.
  const { rows } = world.fixture;
  await rows(`update payments.cash_in set expires_at = clock_timestamp() where id = $1`, [
    parseId('csh', id),
  ]);
  await rows(`update cash.order set expires_at = clock_timestamp() where cash_in_id = $1`, [
    parseId('csh', id),
  ]);
  await world.untilCashIn(tenant, id, 'EXPIRED');
  await world.startCash();
  await world.untilCashIn(tenant, id, 'PAID');
  expect(await eventsOf(id)).toEqual(['CashInCreated', 'CashInOpened', 'CashInExpired', 'CashInPaid']);
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('9850');
});

test('a refreshed cash-in has another code, and the old one is dead before', async () => {
  const tenant = await world.addTenant();
  const { id, code } = await world.cashIn(tenant);
  const { id: oldOrder } = await world.orderOf(id);
  const renewed = await world.send(tenant.viewer, 'refreshCashIn', { id });
  expect(renewed).toMatchObject({ __typename: 'CashIn', id, status: 'OPEN', refreshesLeft: 4 });
  expect(renewed.code).toMatch(/^\d{12}$/);
  expect(renewed.code).not.toBe(code);
  expect(await world.payByOrder(tenant, oldOrder, '10000')).toBe(true);
  expect(reasonsOf(await world.untilReceipts(tenant, 1, true))).toEqual(['NOT_OPEN']);
  await world.pay(tenant, id);
  await world.untilCashIn(tenant, id, 'PAID');
  expect(await eventsOf(id)).toEqual([
    ...['CashInCreated', 'CashInOpened', 'CashInRefreshed', 'CashInOpened', 'CashInPaid'],
  ]);
});

test('it is refreshed five times at most, also after it expired', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await runOut(id);
  await world.untilCashIn(tenant, id, 'EXPIRED');
  for (let left = 4; left >= 0; left--) {
    const renewed = await world.send(tenant.viewer, 'refreshCashIn', { id });
    expect(renewed).toMatchObject({ status: 'OPEN', refreshesLeft: left });
  }
  expect(await world.send(tenant.viewer, 'refreshCashIn', { id })).toMatchObject({
    ...{ __typename: 'InvalidCashInState', cashInId: id, status: 'OPEN' },
  });
});

test('a canceled cash-in cannot be paid or refreshed', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  expect(await world.send(tenant.viewer, 'cancelCashIn', { id })).toMatchObject({ cancelAsked: true });
  await world.untilCashIn(tenant, id, 'CANCELED');
  expect(await world.pay(tenant, id)).toMatchObject({ __typename: 'InvalidInput' });
  for (const name of ['refreshCashIn', 'cancelCashIn'] as const) {
    const refused = await world.send(tenant.viewer, name, { id });
    expect(refused).toMatchObject({ __typename: 'InvalidCashInState', status: 'CANCELED' });
  }
  await world.pay(tenant, id, { anyway: true });
  expect(reasonsOf(await world.untilReceipts(tenant, 1, true))).toEqual(['NOT_OPEN']);
});

test('a network that refuses fails the cash-in by its own word', async () => {
  const tenant = await world.addTenant();
  await world.outcome(tenant, 'REJECT');
  const { id } = await world.cashIn(tenant);
  expect(await world.untilCashIn(tenant, id, 'FAILED')).toMatchObject({ failureCode: 'REFUSED', code: null });
});

test('a payment for an account that was closed meanwhile is in suspense by that name', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await world.fixture.closeEmptyAccount(tenant.customerAccountId);
  await world.pay(tenant, id);
  expect(await world.untilCashIn(tenant, id, 'FAILED')).toMatchObject({ failureCode: 'ACCOUNT_CLOSED' });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('10000');
});

test.each([
  ['amount', { amount: '19.99' }],
  ['amount', { amount: '500.01' }],
  ['amount', { amount: '0' }],
  ['amount', { amount: '100.001' }],
  ['asset', { asset: 'MXN' }],
  ['asset', { asset: 'XXX' }],
  ['network', { network: 'MACHINES_US' }],
  ['network', { network: '__proto__' }],
  ['idempotencyKey', { idempotencyKey: '' }],
])('%s of %j is refused with what was expected', async (field, more) => {
  const tenant = await world.addTenant();
  const input = { destinationId: acc(tenant.customerAccountId), network: 'COUNTERS_US', amount: '100' };
  const refused = await world.send(tenant.viewer, 'createCashIn', { ...input, asset: 'USD', ...more });
  expect(refused).toMatchObject({ __typename: 'InvalidInput', field });
});

test('accounts of others, of other customers and closed ones are refused', async () => {
  const [tenant, spy] = [await world.addTenant(), await world.addTenant()];
  const base = { network: 'COUNTERS_US', amount: '100', asset: 'USD' };
  const make = (by: Tenant, more: object) => world.send(by.viewer, 'createCashIn', { ...base, ...more });
  const destinationId = acc(tenant.customerAccountId);
  expect(await make(spy, { destinationId })).toMatchObject({ __typename: 'NotFound' });
  const customerId = formatId('cus', await world.fixture.addCustomer(tenant.organizationId));
  expect(await make(tenant, { destinationId, customerId })).toMatchObject({ __typename: 'NotFound' });
  const { id } = await make(tenant, { destinationId, externalId: 'once' });
  expect(await make(tenant, { destinationId, externalId: 'once' })).toMatchObject({
    ...{ __typename: 'ExternalIdTaken', existingId: id },
  });
  const peso = await world.fixture.openAccount(tenant.organizationId, { asset: 'MXN' });
  expect(await make(tenant, { destinationId: acc(peso) })).toMatchObject({ __typename: 'AssetMismatch' });
  await world.fixture.closeEmptyAccount(tenant.customerAccountId);
  expect(await make(tenant, { destinationId })).toMatchObject({ __typename: 'AccountClosed' });
});

test('what a customer may not receive cannot be asked for', async () => {
  const tenant = await world.addTenant();
  await world.fixture.rows(`update ledger.account set restrictions = '{CREDIT}' where id = $1`, [
    tenant.customerAccountId,
  ]);
  const input = { destinationId: acc(tenant.customerAccountId), network: 'COUNTERS_US', amount: '100' };
  const refused = await world.send(tenant.viewer, 'createCashIn', { ...input, asset: 'USD' });
  expect(refused).toMatchObject({ __typename: 'AccountRestricted' });
});

test('no code is anywhere in the clear: not in a table, an event or a message', async () => {
  const tenant = await world.addTenant();
  const { id, code } = await world.cashIn(tenant);
  const { code: renewed } = await world.send(tenant.viewer, 'refreshCashIn', { id });
  await world.pay(tenant, id);
  await world.untilCashIn(tenant, id, 'PAID');
  const everything = await world.everything();
  for (const secret of [code, renewed]) {
    expect(secret).toMatch(/^\d{12}$/);
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
  }
  expect(everything).toContain(tenant.customerAccountId);
});
