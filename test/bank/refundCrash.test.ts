import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import { acc } from '../payments/fixture.ts';
import { ACH } from './asks.ts';
import { type Cluster, openCluster, PARTS } from './cluster.ts';
import { createRefundAsks, type RefundAsks } from './refundAsks.ts';
import { kindsOf, type Tenant } from './world.ts';

/** Processes start, and a lease that a kill left behind runs out, within this. */
jest.setTimeout(90_000);

let cluster: Cluster;
let asks: RefundAsks;
let tenant: Tenant;

beforeAll(async () => {
  cluster = await openCluster();
  asks = createRefundAsks(cluster.world);
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  tenant = await cluster.world.addTenant(0n);
});
afterEach(() => cluster.world.expectSound());

const timesTaken = (id: string) => cluster.timesTaken(parseId('txn', id) ?? '');
const makeDue = () =>
  cluster.world.fixture.rows(`update payments.refund_recovery set next_at = now() where state = 'WAITING'`);

test('intent stored: the bank worker is killed with a refund that has not reached the bank', async () => {
  const { world } = cluster;
  const original = await asks.arrival(tenant, '25.00');
  cluster.signal('bank-simulator', 'SIGSTOP');
  const { id } = await asks.refund(tenant, original);
  await world.untilOrder(id, 'SUBMITTING');
  await cluster.kill('bank');
  cluster.signal('bank-simulator', 'SIGCONT');
  await cluster.start('bank');
  await asks.untilStatus(tenant, id, 'COMPLETED');
  expect(await timesTaken(id)).toBe(1);
  expect(await asks.read(tenant, original)).toMatchObject({ refundedAmount: { amount: '25.00' } });
});

test('refusal stored: payments is killed before it has told the original, and again after', async () => {
  const { world } = cluster;
  const original = await asks.arrival(tenant, '25.00');
  await world.outcome(tenant, 'REJECT');
  await cluster.kill('payments');
  const { id } = await asks.refund(tenant, original);
  await world.untilOrder(id, 'REJECTED');
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '25.00' } });
  await cluster.start('payments');
  await asks.untilStatus(tenant, id, 'FAILED');
  await cluster.restart('payments');
  const told = await asks.read(tenant, original);
  expect(kindsOf(told).slice(2)).toEqual(['REFUND_STARTED', 'REFUND_FAILED']);
  expect(told).toMatchObject({ refundingAmount: { amount: '0.00' } });
});

test('due again: payments is killed over and over while it tries again, and one refund takes the place', async () => {
  const { world } = cluster;
  const original = await asks.arrival(tenant, '25.00');
  await world.outcome(tenant, 'REJECT');
  const { id } = await asks.refund(tenant, original);
  await asks.untilStatus(tenant, id, 'FAILED');
  await cluster.kill('payments');
  await makeDue();
  const starting = cluster.start('payments');
  await sleep(50);
  await cluster.kill('payments');
  await starting.catch(() => undefined);
  await cluster.start('payments');
  const retried = await world.eventually(
    () => asks.read(tenant, id),
    ({ refundRecovery }) => refundRecovery.state === 'RETRIED',
  );
  const second = retried.refundRecovery.retriedById;
  await cluster.restart('payments');
  await asks.untilStatus(tenant, second, 'COMPLETED');
  const refunds = await world.fixture.rows('select 1 from payments.transaction where refund_of = $1', [
    parseId('txn', original),
  ]);
  expect([refunds.length, await timesTaken(second)]).toEqual([2, 1]);
  expect(await world.balance(tenant, 'TREASURY')).toBe('0');
});

test('a return under a policy comes while all is dead: it waits in suspense, once', async () => {
  const { world } = cluster;
  const funded = await world.addTenant();
  await world.outcome(funded, 'RETURN', { delayMs: 1_500 });
  const paid = await world.pay(funded, '10.00', {
    destinationBankAccount: ACH,
    returnPolicy: { onReturn: 'HOLD_IN_SUSPENSE' },
  });
  await world.until(funded, paid.id, 'COMPLETED');
  for (const part of PARTS) await cluster.kill(part);
  await sleep(1_500);
  for (const part of PARTS) await cluster.start(part);
  await asks.untilStatus(funded, paid.id, 'RETURNED');
  await cluster.restart('payments');
  expect(await world.balance(funded, 'SUSPENSE')).toBe('1000');
  await asks.assign(funded, paid.id, acc(funded.accountId));
  expect([await world.balance(funded, 'SUSPENSE'), await world.balance(funded, 'TREASURY')]).toEqual([
    '0',
    '100000',
  ]);
});
