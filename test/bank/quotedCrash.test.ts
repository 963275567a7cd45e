import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import { waitFor } from '../crash/child.ts';
import { type Answer, acc } from '../payments/fixture.ts';
import { handIn, ITEM, readBatch } from '../payments/payoutsWorld.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { type Cluster, openCluster, PARTS } from './cluster.ts';
import { addPlace } from './places.ts';
import { kindsOf, type Tenant } from './world.ts';

/**
 * Goal: a quoted payout, whose money, fees and conversion are held together, is paid, freed or given back once and whole,
 * whichever process dies where. Method: the processes of crash.test.ts, killed at each of its recovery points.
 */
jest.setTimeout(90_000);

const CLABE = { type: 'CLABE', accountNumber: '032180000118359719', bankCode: null } as const;
const ITEMS = 60;

let cluster: Cluster;
let tenant: Tenant;
let partner: string;

beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  tenant = await cluster.world.addTenant();
  const { organizationId } = tenant;
  const customerId = await cluster.world.fixture.addCustomer(organizationId);
  partner = acc(await cluster.world.fixture.openAccount(organizationId, { customerId, asset: 'MXN' }));
});

/** 10 dollars become pesos on an account in Mexico; somebody earns a tenth of them. */
async function pay(): Promise<Answer> {
  const { world } = cluster;
  const { payments } = world.fixture;
  const priced = await quoted(payments, tenant.viewer, {
    sourceId: acc(tenant.accountId),
    destinationExternalAccountId: await addPlace(world, tenant, CLABE),
    ...{ amount: '10', fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'MXN' },
    developerFees: [{ recipientId: partner, percent: '10' }],
  });
  return mutateQuote(payments, tenant.viewer, 'acceptQuote', { quoteId: priced.id });
}

const DONE = ['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'CONVERTED', 'COMPLETED'];

async function expectOnce(id: string, kinds: readonly string[], balance: string): Promise<void> {
  const { world } = cluster;
  const ended = await world.until(tenant, id, kinds.at(-1) ?? '');
  expect(kindsOf(ended)).toEqual(kinds);
  expect(await cluster.timesTaken(parseId('txn', id) ?? '')).toBe(1);
  expect(await world.balance(tenant, 'TREASURY')).toBe(balance);
  await world.expectSound();
}

test('intent stored: the bank worker is killed with a call that has not reached the bank', async () => {
  cluster.signal('bank-simulator', 'SIGSTOP');
  const paid = await pay();
  await cluster.world.untilOrder(paid.id, 'SUBMITTING');
  await cluster.kill('bank');
  cluster.signal('bank-simulator', 'SIGCONT');
  await cluster.start('bank');
  await expectOnce(paid.id, DONE, '99000');
});

test('outcome stored: all is killed while the bank has the order', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'LATE', { delayMs: 1_000 });
  const paid = await pay();
  const isTaken = async () => ['SUBMITTED', 'ACCEPTED'].includes((await world.order(paid.id)).state);
  await waitFor('order taken', 10_000, isTaken);
  for (const part of PARTS) await cluster.kill(part);
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
  await sleep(1_200);
  for (const part of PARTS) await cluster.start(part);
  await expectOnce(paid.id, DONE, '99000');
});

test('callback stored: payments is killed before it has freed what was refused, and again after', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'REJECT', { reasonCode: 'AC04' });
  await cluster.kill('payments');
  const paid = await pay();
  await world.untilOrder(paid.id, 'REJECTED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
  await cluster.start('payments');
  const kinds = ['CREATED', 'SUBMITTED', 'FAILED'];
  await expectOnce(paid.id, kinds, '100000');
  await cluster.restart('payments');
  await expectOnce(paid.id, kinds, '100000');
});

test('a return comes while payments is dead, and goes back along the conversion once', async () => {
  const { world } = cluster;
  await world.outcome(tenant, 'RETURN');
  await cluster.kill('payments');
  const paid = await pay();
  await world.untilOrder(paid.id, 'RETURNED');
  await cluster.start('payments');
  // A tenth was earned by somebody.
  await expectOnce(paid.id, [...DONE, 'RETURNED'], '99900');
  await cluster.restart('payments');
  await expectOnce(paid.id, [...DONE, 'RETURNED'], '99900');
});

test('a batch is paid while payments and the bank worker are killed in turn: each item is one order', async () => {
  const { world } = cluster;
  const payer = { ...tenant, source: tenant.accountId, payees: [] };
  const place = await addPlace(world, tenant);
  const item = { destinationExternalAccountId: place, rail: 'WIRE', amount: '1' };
  const batch = await handIn(
    world.fixture,
    payer,
    Array.from({ length: ITEMS }, () => item),
  );
  for (const part of ['payments', 'bank', 'payments'] as const) {
    await sleep(150);
    await cluster.restart(part);
  }
  const read = () =>
    readBatch(world.fixture, payer, batch.id, `items(first: 100) { edges { node { ${ITEM} } } }`);
  const ended = await world.eventually(read, ({ endedAt }) => endedAt !== null);
  expect(ended).toMatchObject({ status: 'COMPLETED', completed: { count: ITEMS } });
  for (const { node } of ended.items.edges) {
    expect(await cluster.timesTaken(parseId('txn', node.transaction.id) ?? '')).toBe(1);
  }
  expect(await world.balance(tenant, 'TREASURY')).toBe(String(100_000 - ITEMS * 100));
  await world.expectSound();
});
