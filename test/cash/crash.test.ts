import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import { waitFor } from '../crash/child.ts';
import { type Cluster, openCluster, PARTS } from './cluster.ts';
import type { Tenant } from './world.ts';

/** Processes start, and a lease that a kill left behind runs out, within this. */
jest.setTimeout(120_000);

let cluster: Cluster;
let tenant: Tenant;

beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  tenant = await cluster.world.addTenant();
});

const state = async (cashInId: string): Promise<string> => (await cluster.world.orderOf(cashInId)).state;

async function untilState(cashInId: string, ...states: readonly string[]): Promise<void> {
  await waitFor(states.join(' or '), 15_000, async () => states.includes(await state(cashInId)));
}

/** One code at the network, and credited once. */
async function expectPaidOnce(cashInId: string): Promise<void> {
  const { world } = cluster;
  await world.untilCashIn(tenant, cashInId, 'PAID');
  const { id: orderId } = await world.orderOf(cashInId);
  expect(await cluster.timesTaken(orderId)).toBe(1);
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('9850');
  expect(await world.receipts(tenant)).toHaveLength(1);
  await world.expectSound();
}

test('intent stored: the cash worker is killed with a call that has not reached the network', async () => {
  const { world } = cluster;
  cluster.signal('cash-simulator', 'SIGSTOP');
  const { id, code } = await world.cashIn(tenant);
  expect(code).toBeNull();
  await untilState(id, 'SUBMITTING', 'UNKNOWN');
  await cluster.kill('cash');
  cluster.signal('cash-simulator', 'SIGCONT');
  await cluster.start('cash');
  await world.untilCashIn(tenant, id, 'OPEN');
  await world.pay(tenant, id);
  await expectPaidOnce(id);
});

test('called: the cash worker is killed before the network has answered', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'TIMEOUT_DONE');
  const { id } = await world.cashIn(tenant);
  const { id: key } = await world.orderOf(id);
  await waitFor('code at the network', 10_000, async () => (await cluster.timesTaken(key)) === 1);
  await cluster.restart('cash');
  await world.untilCashIn(tenant, id, 'OPEN');
  await world.pay(tenant, id);
  await expectPaidOnce(id);
});

test('called: the network itself dies before it has answered', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'CRASH');
  const { id } = await world.cashIn(tenant);
  await waitFor('dead network', 10_000, async () => cluster.hasEnded('cash-simulator'));
  await cluster.start('cash-simulator');
  await world.untilCashIn(tenant, id, 'OPEN');
  await world.pay(tenant, id);
  await expectPaidOnce(id);
});

test('paid while the cash worker and payments are dead: credited once they are back', async () => {
  const { world } = cluster;
  const { id } = await world.cashIn(tenant);
  await world.untilCashIn(tenant, id, 'OPEN');
  await cluster.kill('cash');
  await cluster.kill('payments');
  await world.pay(tenant, id);
  await sleep(300);
  await cluster.start('cash');
  await untilState(id, 'SETTLED');
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('0');
  await cluster.start('payments');
  await expectPaidOnce(id);
  await cluster.restart('payments');
  await expectPaidOnce(id);
});

test('a pickup that is ready survives that all is killed, and is picked up once', async () => {
  const { world } = cluster;
  const { id } = await world.pickup(tenant, '50');
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  for (const part of PARTS) await cluster.kill(part);
  for (const part of PARTS) await cluster.start(part);
  await world.collect(tenant, id);
  const done = await world.untilPickup(tenant, id, 'COMPLETED');
  expect(done.events.map(({ kind }: { kind: string }) => kind)).toEqual([
    ...['CREATED', 'SUBMITTED', 'PICKUP_READY', 'PICKED_UP', 'COMPLETED'],
  ]);
  expect(await cluster.timesTaken(parseId('txn', id) ?? '')).toBe(1);
  expect(await world.balance(tenant, 'TREASURY')).toBe('94700');
  await world.expectSound();
});

test('a refresh that was asked for while all else is dead comes to one other code', async () => {
  const { world } = cluster;
  const { id } = await world.cashIn(tenant);
  const open = await world.untilCashIn(tenant, id, 'OPEN');
  await cluster.kill('cash');
  await cluster.kill('payments');
  const asked = await world.send(tenant.viewer, 'refreshCashIn', { id });
  expect(asked).toMatchObject({ status: 'PENDING', code: null });
  await cluster.start('payments');
  await cluster.start('cash');
  const renewed = await world.untilCashIn(tenant, id, 'OPEN');
  expect(renewed.code).not.toBe(open.code);
  await world.pay(tenant, id);
  await expectPaidOnce(id);
});

test('under load each part is killed in turn: nothing is lost, nothing doubled, and no code is logged', async () => {
  const { world } = cluster;
  const outcomes = [
    'READY',
    'DUPLICATE',
    'OUT_OF_ORDER',
    'LOST_CALLBACK',
    'TIMEOUT_DONE',
    'TIMEOUT_NOT_DONE',
    'LATE',
  ];
  const made: string[] = [];
  const making = Promise.all(
    outcomes.map(async (outcome) => {
      await world.outcome(tenant, outcome);
      made.push((await world.cashIn(tenant)).id);
    }),
  );
  for (const part of ['cash', 'payments'] as const) {
    await sleep(300);
    await cluster.restart(part);
  }
  await making;
  const codes: string[] = [];
  for (const id of made) codes.push((await world.untilCashIn(tenant, id, 'OPEN')).code);
  const paying = Promise.all(made.map((id) => world.pay(tenant, id)));
  for (const part of ['cash', 'payments', 'cash'] as const) await cluster.restart(part);
  await paying;
  await Promise.all(made.map((id) => world.untilCashIn(tenant, id, 'PAID')));
  expect(await world.balance(tenant, 'CUSTOMER')).toBe(String(9_850 * made.length));
  expect(await world.receipts(tenant)).toHaveLength(made.length);
  await world.expectSound();
  const logs = await cluster.logs();
  for (const code of codes) expect(logs).not.toContain(code);
});
