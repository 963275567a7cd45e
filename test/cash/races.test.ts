import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { SIGNATURE_HEADER, signBytes } from '../../rails/bank/signature.ts';
import { takeInCash } from '../../rails/cash/inbox/takeIn.ts';
import { type Answer, newKey } from '../payments/fixture.ts';
import { openWorld, SECRET, type Tenant, type World } from './world.ts';

/** Many processes and faults take their time on a machine that is busy. */
jest.setTimeout(60_000);

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(async () => {
  await world.expectSound();
  await world.close();
});

const AT_ONCE = 8;
const isDone = ({ __typename }: Answer): boolean => __typename === 'SandboxDone';

/** What counters took is all in the books: credited, or in suspense. */
async function expectNothingLost(tenant: Tenant, taken: number): Promise<void> {
  const receipts = await world.untilReceipts(tenant, taken);
  await world.eventually(
    () => world.balance(tenant, 'CLEARING'),
    (balance) => balance === (taken === 0 ? '' : String(-10_000 * taken)),
  );
  expect(receipts).toHaveLength(taken);
  await world.expectSound();
}

async function makeMany(tenant: Tenant): Promise<readonly string[]> {
  const made: readonly Answer[] = await Promise.all(
    Array.from({ length: AT_ONCE }, () => world.cashIn(tenant)),
  );
  return made.map(({ id }) => id);
}

test('paid while it is refreshed: each is paid once, or has a new code', async () => {
  const tenant = await world.addTenant();
  const ids = await makeMany(tenant);
  const answers = await Promise.all(
    ids.map(async (id) => {
      const [paid] = await Promise.all([
        world.pay(tenant, id),
        world.send(tenant.viewer, 'refreshCashIn', { id }),
      ]);
      return isDone(paid);
    }),
  );
  const taken = answers.filter(Boolean).length;
  await expectNothingLost(tenant, taken);
  for (const [index, id] of ids.entries()) {
    const ended = await world.eventually(
      () => world.readCashIn(tenant.viewer, id),
      ({ status }) => status !== 'PENDING',
    );
    expect(ended.status).toBe(answers[index] === true ? 'PAID' : 'OPEN');
  }
  expect(await world.receipts(tenant, true)).toEqual([]);
});

test('paid while it is canceled: each is paid or canceled, and the network has the last word', async () => {
  const tenant = await world.addTenant();
  const ids = await makeMany(tenant);
  const answers = await Promise.all(
    ids.map(async (id) => {
      const cancel = world.send(tenant.viewer, 'cancelCashIn', { id });
      return isDone((await Promise.all([world.pay(tenant, id), cancel]))[0]);
    }),
  );
  await expectNothingLost(tenant, answers.filter(Boolean).length);
  for (const [index, id] of ids.entries()) {
    await world.untilCashIn(tenant, id, answers[index] === true ? 'PAID' : 'CANCELED');
  }
});

test('paid while its time runs out: nothing that was taken is lost', async () => {
  const tenant = await world.addTenant();
  const ids = await makeMany(tenant);
  const expire = world.fixture.rows(
    'update payments.cash_in set expires_at = clock_timestamp() where organization_id = $1',
    [tenant.organizationId],
  );
  const answers = await Promise.all(ids.map(async (id) => isDone(await world.pay(tenant, id))));
  await expire;
  await expectNothingLost(tenant, answers.filter(Boolean).length);
  for (const [index, id] of ids.entries()) {
    await world.untilCashIn(tenant, id, answers[index] === true ? 'PAID' : 'EXPIRED');
  }
});

test('refreshed many times at once, it has one code that can be paid by', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  const refresh = () => world.send(tenant.viewer, 'refreshCashIn', { id });
  await Promise.all(Array.from({ length: AT_ONCE }, refresh));
  await world.untilCashIn(tenant, id, 'OPEN');
  const ready = await world.fixture.rows(
    `select 1 from cash.order where cash_in_id = $1 and state not in ('CANCELED', 'EXPIRED')`,
    [parseId('csh', id)],
  );
  expect(ready).toHaveLength(1);
});

test('the same key at once makes one cash-in', async () => {
  const tenant = await world.addTenant();
  const idempotencyKey = newKey();
  const made = await Promise.all(
    Array.from({ length: AT_ONCE }, () => world.cashIn(tenant, { idempotencyKey })),
  );
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(await world.listCashIns(tenant.viewer)).toHaveLength(1);
});

test('suspended cash that many assign at once is credited once', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.cashIn(tenant);
  await world.pay(tenant, id, { amount: '50' });
  const [receipt] = await world.untilReceipts(tenant, 1, true);
  const { account } = await world.readCashIn(tenant.viewer, id);
  const input = { receiptId: receipt.id, accountId: account.id };
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () => world.send(tenant.viewer, 'assignCashReceipt', input)),
  );
  expect(answers.filter(({ __typename }) => __typename === 'Transaction')).toHaveLength(1);
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('5000');
});

test('picked up while it is canceled: one of the two, never both', async () => {
  const tenant = await world.addTenant(1_000_000n);
  const made = await Promise.all(Array.from({ length: AT_ONCE }, () => world.pickup(tenant, '50')));
  await Promise.all(made.map(({ id }) => world.untilPickup(tenant, id, 'AWAITING_ACTION')));
  const answers = await Promise.all(
    made.map(async ({ id }) => {
      const cancel = world.cancelTransaction(tenant, id);
      return isDone((await Promise.all([world.collect(tenant, id), cancel]))[0]);
    }),
  );
  for (const [index, { id }] of made.entries()) {
    await world.untilPickup(tenant, id, answers[index] === true ? 'COMPLETED' : 'CANCELED');
  }
  const left = 1_000_000 - 5_300 * answers.filter(Boolean).length;
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(left));
});

test.each(['LATE', 'DUPLICATE', 'OUT_OF_ORDER', 'LOST_CALLBACK', 'TIMEOUT_DONE', 'TIMEOUT_NOT_DONE', 'SLOW'])(
  'a network that answers %s comes to the same, for codes and for pickups',
  async (outcome) => {
    const tenant = await world.addTenant();
    await world.outcome(tenant, outcome);
    const { id } = await world.cashIn(tenant);
    await world.untilCashIn(tenant, id, 'OPEN');
    await world.pay(tenant, id);
    await world.untilCashIn(tenant, id, 'PAID');
    await world.outcome(tenant, outcome);
    const pickup = await world.pickup(tenant, '50');
    await world.untilPickup(tenant, pickup.id, 'AWAITING_ACTION');
    await world.collect(tenant, pickup.id);
    const done = await world.untilPickup(tenant, pickup.id, 'COMPLETED');
    expect(done.events).toHaveLength(5);
    expect(await world.balance(tenant, 'CUSTOMER')).toBe('9850');
    expect(await world.balance(tenant, 'TREASURY')).toBe('94700');
  },
);

/** Sends a callback as the network would. */
async function callBack(event: object, secret = SECRET): Promise<number> {
  const body = Buffer.from(JSON.stringify(event));
  const { cashPort } = world.settings;
  const response = await fetch(`http://127.0.0.1:${cashPort}/callbacks`, {
    method: 'POST',
    headers: { [SIGNATURE_HEADER]: signBytes(secret, body, Date.now()) },
    body,
  });
  return response.status;
}

function payment(tenant: Tenant, more: object = {}): object {
  const money = { network: 'COUNTERS_US', asset: 'USD', amountMinor: '10000' };
  const base = { type: 'PAYMENT', id: newUuid(), receiptId: newUuid(), customer: tenant.organizationId };
  return { ...base, ...money, orderKey: newUuid(), occurredAt: new Date().toISOString(), ...more };
}

test('a callback that nobody signed, or another secret did, is refused', async () => {
  const tenant = await world.addTenant();
  expect(await callBack(payment(tenant), 'another secret that is long enough')).toBe(401);
  expect(await callBack({ type: 'PAYMENT' })).toBe(400);
  expect(await world.receipts(tenant)).toEqual([]);
});

test('money by an unknown code is in suspense of whom the network names, and a message counts once', async () => {
  const tenant = await world.addTenant();
  const event = payment(tenant);
  for (let times = 0; times < 3; times++) expect(await callBack(event)).toBe(200);
  expect(await callBack({ ...event, id: newUuid() })).toBe(200);
  expect(await world.untilReceipts(tenant, 1, true)).toMatchObject([
    { reason: 'UNKNOWN_CODE', cashIn: null },
  ]);
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('10000');
  const sql = `select kind from cash.difference where organization_id = $1`;
  expect(await world.fixture.rows(sql, [tenant.organizationId])).toEqual([{ kind: 'REUSED_ID' }]);
});

test('money that a network cannot count is in no book, and is named', async () => {
  const tenant = await world.addTenant();
  expect(await callBack(payment(tenant, { asset: 'XXX' }))).toBe(200);
  expect(await callBack(payment(tenant, { network: 'NOWHERE' }))).toBe(200);
  expect(await callBack(payment(tenant, { customer: newUuid() }))).toBe(200);
  const sql = `select kind from cash.difference where organization_id = $1`;
  expect(await world.fixture.rows(sql, [tenant.organizationId])).toEqual([
    { kind: 'UNKNOWN_ASSET' },
    { kind: 'UNKNOWN_ASSET' },
  ]);
  expect(await world.receipts(tenant)).toEqual([]);
});

test('of an order that another provider of networks has, nobody is believed', async () => {
  const tenant = await world.addTenant();
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  const theirs = { database: world.cashDatabase, vault, adapter: 'ANOTHER' };
  const { id: pickup } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, pickup, 'AWAITING_ACTION');
  const { id: cashIn } = await world.cashIn(tenant);
  await world.untilCashIn(tenant, cashIn, 'OPEN');
  const occurredAt = new Date();
  const bytes = new Uint8Array();
  const money = { asset: 'USD', occurredAt };
  const of = {
    orderKey: parseId('txn', pickup) as Uuid,
    kind: 'SETTLED',
    reasonCode: null,
    code: null,
  } as const;
  const picked = { type: 'ORDER', id: newUuid(), ...of, ...money, amountMinor: 5_000n } as const;
  expect(await takeInCash(theirs, { event: picked, bytes })).toBe('DIFFERENCE');
  const { id: orderKey } = await world.orderOf(cashIn);
  const by = { orderKey, receiptId: newUuid(), customer: tenant.organizationId, network: 'COUNTERS_US' };
  const paid = { type: 'PAYMENT', id: newUuid(), ...by, ...money, amountMinor: 10_000n } as const;
  await takeInCash(theirs, { event: paid, bytes });
  expect(await world.untilReceipts(tenant, 1, true)).toMatchObject([{ reason: 'UNKNOWN_CODE' }]);
  expect(await world.readPickup(tenant.viewer, pickup)).toMatchObject({ status: 'AWAITING_ACTION' });
  expect(await world.readCashIn(tenant.viewer, cashIn)).toMatchObject({ status: 'OPEN' });
});

test('what contradicts an ended order, or names another amount, changes nothing and is named', async () => {
  const tenant = await world.addTenant();
  const { id } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  await world.collect(tenant, id);
  await world.untilPickup(tenant, id, 'COMPLETED');
  const orderKey = parseId('txn', id);
  const told = { type: 'ORDER', orderKey, asset: 'USD', reasonCode: null, code: null };
  const occurredAt = new Date().toISOString();
  const tell = (kind: string, amountMinor: string) =>
    callBack({ ...told, id: newUuid(), kind, amountMinor, occurredAt });
  expect(await tell('CANCELED', '5000')).toBe(200);
  expect(await tell('SETTLED', '4999')).toBe(200);
  expect(await tell('READY', '5000')).toBe(200);
  const sql = 'select kind from cash.difference where order_id = $1';
  expect(await world.fixture.rows(sql, [orderKey])).toEqual([
    { kind: 'CONTRADICTS_ORDER' },
    { kind: 'CONTRADICTS_ORDER' },
  ]);
  expect(await world.readPickup(tenant.viewer, id)).toMatchObject({ status: 'COMPLETED' });
});
