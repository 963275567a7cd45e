import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import { waitFor } from '../crash/child.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';
import { ACH } from './asks.ts';
import { type Cluster, openCluster, PARTS } from './cluster.ts';
import { addPlace, SEND } from './microDeposits.ts';
import { giveDetails } from './virtualAccounts.ts';
import { kindsOf, type Tenant } from './world.ts';

/** Processes start, and a lease that a kill left behind runs out, within this. */
jest.setTimeout(90_000);

let cluster: Cluster;
let tenant: Tenant;

beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  tenant = await cluster.world.addTenant();
});

const DONE = ['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED'];

/** Paid once: at the bank, in the timeline and in the books. */
async function expectPaidOnce(id: string, expected = DONE): Promise<void> {
  await expectTakenOnce(id, expected);
  await cluster.world.expectSound();
}

/** Paid once at the bank and in the timeline. */
async function expectTakenOnce(id: string, expected = DONE): Promise<void> {
  const { world } = cluster;
  const done = await world.until(tenant, id, expected.at(-1) ?? '');
  expect(kindsOf(done)).toEqual(expected);
  expect(done.events.map(({ version }: Answer) => version)).toEqual(expected.map((_, index) => index + 1));
  expect(await cluster.timesTaken(parseId('txn', id) ?? '')).toBe(1);
}

const state = async (id: string): Promise<string> => (await cluster.world.order(id)).state;

test('intent stored: the bank worker is killed with a call that has not reached the bank', async () => {
  const { world } = cluster;
  cluster.signal('bank-simulator', 'SIGSTOP');
  const paid = await world.pay(tenant, '10.00');
  await world.untilOrder(paid.id, 'SUBMITTING');
  await cluster.kill('bank');
  cluster.signal('bank-simulator', 'SIGCONT');
  await cluster.start('bank');
  await expectPaidOnce(paid.id);
});

test('called: the bank worker is killed before the bank has answered', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'TIMEOUT_DONE');
  const paid = await world.pay(tenant, '10.00');
  const key = parseId('txn', paid.id) ?? '';
  await waitFor('order at the bank', 10_000, async () => (await cluster.timesTaken(key)) === 1);
  await cluster.restart('bank');
  await expectPaidOnce(paid.id);
});

test('arrived: bank worker and payments are killed in between, and it is credited once', async () => {
  const { world } = cluster;
  const details = await giveDetails(world, tenant);
  await cluster.kill('payments');
  await Promise.all(Array.from({ length: 3 }, () => cluster.arrive(tenant, details, 'one arrival')));
  const kept = () =>
    world.fixture.rows('select 1 from bank.receipt where virtual_account_id = $1', [details]);
  await world.eventually(kept, (rows) => rows.length === 1);
  await cluster.kill('bank');
  await cluster.start('payments');
  await cluster.start('bank');
  await world.eventually(
    () => world.balance(tenant, 'TREASURY'),
    (balance) => balance === '102500',
  );
  expect(await kept()).toHaveLength(1);
  await world.expectSound();
});

test('micro-deposits: the bank worker is killed with one called and one queued, and both are paid once', async () => {
  const { world } = cluster;
  const externalAccountId = await addPlace(world, tenant);
  await world.outcome(tenant, 'TIMEOUT_DONE');
  const input = { idempotencyKey: newKey(), externalAccountId, sourceId: acc(tenant.accountId) };
  const { result } = await ask(world.fixture.payments, tenant.viewer, SEND, { input });
  expect(result).toMatchObject({ __typename: 'MicroDeposits' });
  const orders = () =>
    world.fixture.rows<Answer>('select id, state from bank.order where organization_id = $1', [
      tenant.organizationId,
    ]);
  await world.eventually(orders, (rows) => rows.some(({ state }) => state === 'SUBMITTING'));
  await cluster.restart('bank');
  await cluster.restart('payments');
  await world.eventually(
    () => world.balance(tenant, 'TREASURY'),
    (balance) => balance === '99923',
  );
  for (const { id } of await orders()) expect(await cluster.timesTaken(id)).toBe(1);
  await world.expectSound();
});

test('called: the bank itself dies before it has answered', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'CRASH');
  const paid = await world.pay(tenant, '10.00');
  await waitFor('dead bank', 10_000, async () => cluster.hasEnded('bank-simulator'));
  await world.untilOrder(paid.id, 'UNKNOWN');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
  await cluster.start('bank-simulator');
  await expectPaidOnce(paid.id);
});

test('outcome stored: all is killed while the bank has the order', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'LATE', { delayMs: 1_000 });
  const paid = await world.pay(tenant, '10.00');
  await waitFor('order taken', 10_000, async () => ['SUBMITTED', 'ACCEPTED'].includes(await state(paid.id)));
  for (const part of PARTS) await cluster.kill(part);
  await sleep(1_200);
  for (const part of PARTS) await cluster.start(part);
  await expectPaidOnce(paid.id);
});

test('callback stored: payments is killed before it has settled, and again after', async () => {
  const { world } = cluster;
  await cluster.kill('payments');
  const paid = await world.pay(tenant, '10.00');
  await world.untilOrder(paid.id, 'SETTLED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
  await cluster.start('payments');
  await expectPaidOnce(paid.id);
  await cluster.restart('payments');
  await expectPaidOnce(paid.id);
});

test('a return comes while payments is dead', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'RETURN');
  await cluster.kill('payments');
  const paid = await world.pay(tenant, '10.00', { destinationBankAccount: ACH });
  await world.untilOrder(paid.id, 'RETURNED');
  await cluster.start('payments');
  await expectPaidOnce(paid.id, [...DONE, 'RETURNED']);
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('under load each part is killed in turn: nothing is lost, nothing doubled', async () => {
  const { world } = cluster;
  const outcomes = [
    'SETTLE',
    'DUPLICATE',
    'OUT_OF_ORDER',
    'LOST_CALLBACK',
    'TIMEOUT_DONE',
    'TIMEOUT_NOT_DONE',
  ];
  const paid: string[] = [];
  const paying = (async () => {
    for (let index = 0; index < 30; index++) {
      const reference = `sim:${outcomes[index % outcomes.length]}`;
      paid.push((await world.pay(tenant, '1.00', { reference })).id);
      await sleep(100);
    }
  })();
  for (const part of ['bank', 'bank-simulator', 'payments', 'bank'] as const) {
    await sleep(300);
    await cluster.restart(part);
  }
  await paying;
  await Promise.all(paid.map((id) => world.until(tenant, id, 'COMPLETED')));
  for (const id of paid) await expectTakenOnce(id);
  // One look at the books after the last: all of them are in it.
  await world.expectSound();
  expect(await world.balance(tenant, 'TREASURY')).toBe('97000');
  expect(await world.outside(tenant)).toBe('3000');
});
