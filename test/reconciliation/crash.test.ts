import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import { type Cluster, openCluster } from '../bank/cluster.ts';
import type { Tenant } from '../bank/world.ts';
import { waitFor } from '../crash/child.ts';
import { acc } from '../payments/fixture.ts';
import { createReconciliationAsks, isInBooks, type ReconciliationAsks } from './asks.ts';

/** Processes start, and a lease that a kill left behind runs out, within this. */
jest.setTimeout(120_000);

let cluster: Cluster;
let asks: ReconciliationAsks;
let tenant: Tenant;

beforeAll(async () => {
  cluster = await openCluster();
  asks = createReconciliationAsks(cluster.world);
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  tenant = await cluster.world.addTenant();
});

const untilLines = (what: string, count: number, isRight: (line: ReturnType<typeof Object>) => boolean) =>
  waitFor(what, 40_000, async () => (await asks.lines(tenant)).filter(isRight).length === count);

test('lines read: payments is dead, and matches and posts each of them once when it is back', async () => {
  const { world } = cluster;
  const paid = await world.pay(tenant, '10.00');
  await world.until(tenant, paid.id, 'COMPLETED');
  await cluster.kill('payments');
  await asks.control(tenant, '/control/line', { asset: 'USD', amountMinor: '-7', text: 'Fee' });
  await untilLines('lines that wait', 1, ({ state, amount }) => state === 'OPEN' && amount === '-7');
  await cluster.start('payments');
  await untilLines('lines in the books', 1, isInBooks);
  await waitFor('an item', 40_000, async () => (await asks.items(tenant)).length === 1);
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  expect((await asks.events(tenant)).map(({ version }) => version)).toEqual([1]);
  await world.expectSound();
});

test('written off, and its line comes while payments is dead: it is taken back once when it is back', async () => {
  const { world } = cluster;
  await asks.control(tenant, '/control/line-fault', { fault: 'OMIT' });
  const paid = await world.pay(tenant, '10.00');
  await waitFor('an item', 40_000, async () => (await asks.items(tenant)).length === 1);
  const [{ id }] = (await asks.items(tenant)) as readonly [ReturnType<typeof Object>];
  await cluster.kill('payments');
  const gone = await asks.resolve(tenant, id, 'WRITE_OFF', { reason: 'the bank never made it' });
  expect(gone.resolution).toBe('WRITTEN_OFF');
  expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toEqual([
    '0',
    '1000',
  ]);
  const endToEndId = String(parseId('txn', paid.id));
  await asks.control(tenant, '/control/line', {
    asset: 'USD',
    amountMinor: '-1000',
    text: 'Late',
    endToEndId,
  });
  await untilLines('a line that waits', 1, ({ state }) => state === 'OPEN');
  await cluster.start('payments');
  await untilLines('a line in the books', 1, isInBooks);
  expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toEqual(['0', '0']);
  expect((await asks.events(tenant)).map(({ version }) => version)).toEqual([1, 2, 3]);
  await world.expectSound();
});

test('page read, position not written: the bank worker is killed again and again, and each line is there once', async () => {
  const { world } = cluster;
  for (let count = 1; count <= 12; count++) {
    await asks.control(tenant, '/control/line', { asset: 'USD', amountMinor: `${count}`, text: 'Credit' });
    if (count % 4 === 0) await cluster.restart('bank');
    else await sleep(50);
  }
  await untilLines('lines', 12, () => true);
  const [balance] = await asks.balances(tenant);
  expect(balance).toMatchObject({ theirs: { amount: '0.78' }, missing: { amount: '0.00' } });
  await world.expectSound();
});

test('under load payments is killed in the middle of comparing and posting: nothing is lost, nothing doubled', async () => {
  const { world } = cluster;
  const moving = (async () => {
    for (let count = 0; count < 30; count++) {
      await world.pay(tenant, '1.00');
      await asks.deposit(tenant, '2.00', acc(tenant.accountId));
      await sleep(60);
    }
  })();
  for (let round = 0; round < 3; round++) {
    await sleep(900);
    await cluster.restart('payments');
  }
  await moving;
  await untilLines('60 lines in the books', 60, isInBooks);
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  expect(await asks.items(tenant, { status: 'OPEN' })).toEqual([]);
  const [balance] = await asks.balances(tenant);
  expect(balance).toMatchObject({
    ours: { amount: '30.00' },
    theirs: { amount: '30.00' },
    missing: { amount: '0.00' },
  });
  await world.expectSound();
});
