import { parseId } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { CASH_SIMULATOR } from '../../rails/cash/simulator/client.ts';
import { createPayments } from '../../subgraphs/payments/main.ts';
import { WIRE } from '../bank/asks.ts';
import { createRefundAsks, type RefundAsks } from '../bank/refundAsks.ts';
import { kindsOf } from '../bank/world.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';
import { decide, keyFor, setPolicy } from '../payments/gates/world.ts';
import { openWorld, type Tenant, type World } from './world.ts';

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

const PICKUP = { network: 'COUNTERS_US', recipientName: 'Ada Example' };
const NO_RETRY = { onReturn: 'CREDIT_SOURCE', retries: 0 };

/** Cash that was credited: 100.00 at a counter, less 1.50. @returns the id of its Transaction */
async function paidIn(more: object = {}): Promise<string> {
  const { id } = await world.cashIn(tenant, { destinationId: acc(tenant.accountId), ...more });
  await world.untilCashIn(tenant, id, 'OPEN');
  await world.pay(tenant, id);
  return (await world.untilCashIn(tenant, id, 'PAID')).transaction.id;
}

const refund = (id: string, more: object = {}): Promise<Answer> =>
  asks.refund(tenant, id, { destinationCashPickup: PICKUP, ...more });

async function ready(id: string, more: object = {}): Promise<Answer> {
  const begun = await refund(id, more);
  return await world.untilPickup(tenant, begun.id, 'AWAITING_ACTION');
}

async function expired(id: string, more: object = {}): Promise<Answer> {
  const waiting = await ready(id, more);
  await world.collect(tenant, waiting.id, { expires: true });
  return await asks.untilStatus(tenant, waiting.id, 'FAILED');
}

test('cash goes back to whoever picks it up, with the fee of the network beside it', async () => {
  const original = await paidIn();
  const begun = await refund(original, { amount: '40.00' });
  expect(begun).toMatchObject({
    ...{ type: 'REFUND', status: 'PROCESSING', refundOf: { id: original } },
    destination: { rail: 'CASH', cashPickup: { network: 'COUNTERS_US', recipientName: 'Ada Example' } },
  });
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '40.00' } });
  await world.untilPickup(tenant, begun.id, 'AWAITING_ACTION');
  expect(await world.balance(tenant, 'TREASURY')).toBe('109850 and -4300');
  await world.expectSound();
  await world.collect(tenant, begun.id);
  expect(await asks.untilStatus(tenant, begun.id, 'COMPLETED')).toMatchObject({ refundRecovery: null });
  const refunded = await asks.read(tenant, original);
  expect(refunded).toMatchObject({
    refundedAmount: { amount: '40.00' },
    refundingAmount: { amount: '0.00' },
  });
  expect(kindsOf(refunded)).toEqual(['CREATED', 'COMPLETED', 'REFUND_STARTED', 'REFUNDED']);
  expect(refunded.events.at(-1)).toMatchObject({ relatedTransaction: { id: begun.id } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('105550');
  // What was paid in less what was handed out; and both fees.
  expect(await world.balance(tenant, 'CLEARING')).toBe('-6000');
  expect(await world.balance(tenant, 'FEES')).toBe('450');
  expect(await world.everything()).not.toContain(PICKUP.recipientName);
});

test('what nobody picks up did not arrive: it is tried again for the same recipient, who is sealed once', async () => {
  const original = await paidIn();
  const failed = await expired(original, { amount: '40.00' });
  expect(failed.refundRecovery).toMatchObject({ state: 'WAITING', attempt: 1, reasonCode: 'PICKUP_EXPIRED' });
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '0.00' } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('109850');
  await dueNow();
  const { refundRecovery } = await world.eventually(
    () => asks.read(tenant, failed.id),
    (one) => one.refundRecovery.state === 'RETRIED',
  );
  const second = refundRecovery.retriedById;
  const waiting = await world.untilPickup(tenant, second, 'AWAITING_ACTION');
  expect(waiting.destination.cashPickup).toMatchObject(PICKUP);
  await world.collect(tenant, second, { expires: true });
  await asks.untilStatus(tenant, second, 'FAILED');
  // Tried for the third time, it is still the first that names them.
  const third = await asks.retry(tenant, second);
  await world.untilPickup(tenant, third.id, 'AWAITING_ACTION');
  await world.collect(tenant, third.id);
  await asks.untilStatus(tenant, third.id, 'COMPLETED');
  const timeline = await asks.read(tenant, original);
  const [begin, fail] = ['REFUND_STARTED', 'REFUND_FAILED'];
  expect(kindsOf(timeline).slice(2)).toEqual([begin, fail, begin, fail, begin, 'REFUNDED']);
  expect(timeline.events.at(3)).toMatchObject({ reason: { code: 'PICKUP_EXPIRED', retryable: true } });
  expect(timeline).toMatchObject({ refundedAmount: { amount: '40.00' } });
  const orders = await world.fixture.rows<Answer>(
    `select copy_of, length(sealed) > 0 as sealed from cash.order where id = any($1::uuid[]) order by id`,
    [[failed.id, second, third.id].map((id) => parseId('txn', id))],
  );
  const copy = { copy_of: parseId('txn', failed.id), sealed: false };
  expect(orders).toEqual([{ copy_of: null, sealed: true }, copy, copy]);
});

const dueNow = () =>
  world.fixture.rows(
    `update payments.refund_recovery set next_at = now() where organization_id = $1 and next_at is not null`,
    [tenant.organizationId],
  );

test('a refund is retried once, by whomever: our own worker, or several who ask at once', async () => {
  const original = await paidIn();
  const failed = await expired(original, { amount: '40.00' });
  await dueNow();
  const other = { destinationCashPickup: { network: 'MACHINES_US', recipientName: 'Bo Example' } };
  await Promise.all([1, 2, 3, 4].map(() => asks.retry(tenant, failed.id, other)));
  const { refundRecovery } = await world.eventually(
    () => asks.read(tenant, failed.id),
    (one) => one.refundRecovery.state === 'RETRIED',
  );
  const tries = await world.fixture.rows(
    `select 1 from payments.transaction where refund_of = $1 and status not in ('FAILED')`,
    [parseId('txn', original)],
  );
  expect(tries).toHaveLength(1);
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '40.00' } });
  await world.untilPickup(tenant, refundRecovery.retriedById, 'AWAITING_ACTION');
});

test('a refund and its retry at once, in two processes: one of them, and never more than was credited', async () => {
  const logger = createLogger({ level: 'silent', name: 'test' });
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  const cash = { adapter: CASH_SIMULATOR, vault };
  const second = await createPayments({ databaseUrl: world.fixture.url, logger, runsWorkers: false, cash });
  const elsewhere = createRefundAsks({ ...world, fixture: { ...world.fixture, payments: second } });
  const original = await paidIn();
  const { id } = await expired(original, { amount: '60.00' });
  const again = { amount: '60.00', destinationCashPickup: PICKUP };
  const answers: readonly Answer[] = await Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const there = index % 2 === 0 ? asks : elsewhere;
      return index % 4 < 2 ? there.retry(tenant, id) : there.refund(tenant, original, again);
    }),
  );
  await second.close();
  expect(answers.filter(({ __typename }) => __typename === 'Transaction')).toHaveLength(1);
  for (const { code = 'REFUND_EXCEEDS_CAPTURED' } of answers) {
    expect(['REFUND_EXCEEDS_CAPTURED', 'INVALID_STATE']).toContain(code);
  }
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '60.00' } });
});

test('concurrent partial refunds never exceed what was credited, whatever becomes of them', async () => {
  const original = await paidIn();
  const answers: readonly Answer[] = await Promise.all(
    Array.from({ length: 8 }, () => refund(original, { amount: '30.00', returnPolicy: NO_RETRY })),
  );
  const begun = answers.filter(({ __typename }) => __typename === 'Transaction');
  expect(begun).toHaveLength(3);
  const refusals = answers.filter(({ __typename }) => __typename !== 'Transaction');
  for (const one of refusals) {
    expect(one).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURED', refundable: { amount: '8.50' } });
  }
  for (const { id } of begun) await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  const taken: readonly boolean[] = await Promise.all(
    begun.map(async ({ id }) => {
      const [collected] = await Promise.all([world.collect(tenant, id), world.cancelTransaction(tenant, id)]);
      return collected.__typename === 'SandboxDone';
    }),
  );
  for (const [index, { id }] of begun.entries()) {
    await asks.untilStatus(tenant, id, taken[index] === true ? 'COMPLETED' : 'CANCELED');
  }
  const arrived = 30 * taken.filter(Boolean).length;
  expect(await asks.read(tenant, original)).toMatchObject({
    ...{
      refundedAmount: { amount: `${arrived}.00` },
      refundingAmount: { amount: '0.00' },
    },
  });
  expect(await refund(original, { amount: '98.50' })).toMatchObject(
    arrived === 0 ? { __typename: 'Transaction' } : { code: 'REFUND_EXCEEDS_CAPTURED' },
  );
});

test('called off before it is picked up, nothing was refunded and nothing is tried again', async () => {
  const original = await paidIn();
  const { id } = await ready(original, { amount: '40.00' });
  await world.cancelTransaction(tenant, id);
  expect(await asks.untilStatus(tenant, id, 'CANCELED')).toMatchObject({ refundRecovery: null });
  const timeline = await asks.read(tenant, original);
  expect(timeline).toMatchObject({ refundingAmount: { amount: '0.00' } });
  expect(kindsOf(timeline).at(-1)).toBe('REFUND_FAILED');
  await world.stopCash();
  const unseen = await refund(original, { amount: '40.00' });
  expect(await world.cancelTransaction(tenant, unseen.id)).toMatchObject({ status: 'CANCELED' });
  await world.startCash();
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '0.00' } });
});

test('where it goes has to be said, by what takes the money, and within what the network takes', async () => {
  const original = await paidIn();
  const invalid = (field: string) => ({ code: 'INVALID_INPUT', field });
  expect(await asks.refund(tenant, original)).toMatchObject(invalid('destinationCashPickup'));
  const cases: readonly (readonly [object, object])[] = [
    [{ destinationCashPickup: { ...PICKUP, network: 'NOWHERE' } }, invalid('destinationCashPickup.network')],
    [
      { destinationCashPickup: { ...PICKUP, recipientName: ' ' } },
      { ...invalid('destinationCashPickup.recipientName'), value: '(not shown)' },
    ],
    [{ destinationCashPickup: { ...PICKUP, network: 'COUNTERS_MX' } }, { code: 'ASSET_MISMATCH' }],
    [{ destinationBankAccount: WIRE }, invalid('destinationCashPickup')],
    [
      { amount: '19.99' },
      { ...invalid('amount'), value: '19.99', expected: '20.00 to 1000.00 USD at COUNTERS_US' },
    ],
    [{ amount: '98.51' }, { code: 'REFUND_EXCEEDS_CAPTURED' }],
  ];
  for (const [more, expected] of cases) expect(await refund(original, more)).toMatchObject(expected);
  const address = { destinationAddress: `0x${'a'.repeat(40)}`, destinationCashPickup: null };
  expect(await refund(original, address)).toMatchObject(invalid('destinationAddress'));
  const other = await world.addTenant();
  expect(await asks.refund(other, original, { destinationCashPickup: PICKUP })).toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('the fee beside it counts for money, limits and endorsements as with any pickup', async () => {
  const original = await paidIn({ destinationId: acc(tenant.customerAccountId) });
  expect(await refund(original)).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  const setLimit = `mutation ($input: SetLimitPolicyInput!) { result: setLimitPolicy(input: $input) { __typename } }`;
  const input = { idempotencyKey: newKey(), asset: 'USD', perDay: '45.00' };
  await ask(world.fixture.payments, tenant.viewer, setLimit, { input });
  expect(await refund(original, { amount: '42.01' })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  // How often it is tried again is what the organization declared for all.
  const setDefault = `mutation ($input: SetDefaultReturnPolicyInput!) { result: setDefaultReturnPolicy(input: $input) {
    __typename } }`;
  await ask(world.fixture.payments, tenant.viewer, setDefault, {
    input: { idempotencyKey: newKey(), returnPolicy: NO_RETRY },
  });
  const failed = await expired(original, { amount: '42.00' });
  expect(failed.returnPolicy).toMatchObject(NO_RETRY);
  expect(failed.refundRecovery).toMatchObject({ state: 'ESCALATED', retries: 0 });
  expect(await asks.open(tenant, 'escalatedRefunds')).toEqual([failed.id]);
  await world.fixture.rows(`update ledger.account set restrictions = '{BANK}' where id = $1`, [
    tenant.customerAccountId,
  ]);
  expect(await asks.retry(tenant, failed.id)).toMatchObject({ code: 'ACCOUNT_RESTRICTED' });
});

test('where refunds are approved it waits, its amount is taken meanwhile, and so does a retry by somebody', async () => {
  const { payments } = world.fixture;
  const original = await paidIn();
  await setPolicy(payments, tenant.viewer, [{ approvals: 1 }]);
  const approver = keyFor(tenant.organizationId);
  const first = await refund(original, { amount: '40.00' });
  expect(first).toMatchObject({ status: 'AWAITING_ACTION' });
  expect(await refund(original, { amount: '60.00' })).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURED' });
  await world.expectSound();
  await decide(payments, approver, 'approveTransaction', first.id);
  await untilReady(first.id);
  await world.collect(tenant, first.id, { expires: true });
  await asks.untilStatus(tenant, first.id, 'FAILED');
  const second = await asks.retry(tenant, first.id);
  expect(second).toMatchObject({ status: 'AWAITING_ACTION' });
  await world.expectSound();
  await decide(payments, approver, 'approveTransaction', second.id);
  const waiting = await untilReady(second.id);
  expect(waiting.destination.cashPickup).toMatchObject(PICKUP);
  await world.collect(tenant, second.id);
  await asks.untilStatus(tenant, second.id, 'COMPLETED');
  const refused = await refund(original, { amount: '20.00' });
  await decide(payments, approver, 'rejectTransaction', refused.id);
  expect(await asks.read(tenant, original)).toMatchObject({
    ...{ refundedAmount: { amount: '40.00' }, refundingAmount: { amount: '0.00' } },
  });
});

const untilReady = (id: string): Promise<Answer> =>
  world.eventually(
    () => world.readPickup(tenant.viewer, id),
    ({ events }) => events.at(-1).kind === 'PICKUP_READY',
  );

test('it may go to a bank account, and by a counter when the bank refuses it', async () => {
  const original = await paidIn();
  const toBank = await asks.refund(tenant, original, { amount: '40.00', destinationBankAccount: WIRE });
  expect(toBank).toMatchObject({ destination: { rail: 'WIRE', bankAccount: '****6789', cashPickup: null } });
  await world.fixture.rows(
    `update bank.order set state = 'REJECTED', reason_code = 'AC04', version = version + 1 where id = $1`,
    [parseId('txn', toBank.id)],
  );
  await asks.untilStatus(tenant, toBank.id, 'FAILED');
  const again = await asks.retry(tenant, toBank.id);
  expect(again).toMatchObject({ destination: { rail: 'WIRE', bankAccount: '****6789' } });
  await world.cancelTransaction(tenant, again.id);
  const failed = await expired(original, { amount: '40.00' });
  const moved = await asks.retry(tenant, failed.id, { destinationBankAccount: WIRE });
  expect(moved).toMatchObject({ destination: { rail: 'WIRE' } });
  await world.cancelTransaction(tenant, moved.id);
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '0.00' } });
});

test('cash that was assigned out of suspense goes back whole, as it cost no fee', async () => {
  const { id } = await world.cashIn(tenant);
  await world.untilCashIn(tenant, id, 'OPEN');
  await world.pay(tenant, id);
  await world.pay(tenant, id, { anyway: true });
  const [receipt] = await world.untilReceipts(tenant, 1, true);
  const assigned = await world.send(tenant.viewer, 'assignCashReceipt', {
    ...{ receiptId: receipt.id, accountId: acc(tenant.accountId) },
  });
  const done = await ready(assigned.id);
  expect(await asks.read(tenant, assigned.id)).toMatchObject({ refundingAmount: { amount: '100.00' } });
  await world.collect(tenant, done.id);
  await asks.untilStatus(tenant, done.id, 'COMPLETED');
});
