import { sleep } from '../../platform/clock.ts';
import { parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import type { FeedEvent, StreamMessage } from '../../schema/events.ts';
import { createPayments, type Payments } from '../../subgraphs/payments/main.ts';
import { readFeed } from './feed.ts';
import { type Answer, acc, ask, clientOf, keyOf, run, succeed, txn, wal } from './fixture.ts';
import { chx, kindsOf, openWorld, sendInput, type Tenant, type World } from './onchainWorld.ts';

const WAIT_MS_MAX = 10_000;
const POLL_MS = 10;

let world: World;
let other: Payments;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
  const logger = createLogger({ level: 'silent', name: 'test' });
  other = await createPayments({ databaseUrl: world.fixture.url, logger, runsWorkers: false });
});
afterAll(async () => {
  await other.close();
  await world.close();
});
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n);
});
afterEach(() => world.expectSound());

const wallet = () => world.balance(tenant.organizationId, 'CUSTOMER');
const final = (hash: string) => `state = 'FINAL', outcome = 'SUCCEEDED', included_hash = '${hash}', fee = 0`;

async function until<T>(what: string, read: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + WAIT_MS_MAX; Date.now() < deadline; await sleep(POLL_MS)) {
    const found = await read();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come within ${WAIT_MS_MAX} ms`);
}

test('two processes that settle the same things at once move everything once', async () => {
  const deposits: Uuid[] = [];
  for (let index = 0; index < 10; index++) {
    deposits.push(await world.deposit(tenant, { amount: 1_000_000n }));
    const input = sendInput(tenant, '2');
    const sent = await succeed(world.fixture.payments, tenant.viewer, 'createTransaction', input);
    const { id, hash } = await world.carry(parseId('txn', sent.id) as Uuid);
    if (index % 2) await world.moveCarrier(id, final(hash), `state = 'FINAL'`);
  }
  const both = () =>
    Promise.all([world.settle(), world.settle(other.lane), world.settle(), world.settle(other.lane)]);
  await both();
  for (const id of deposits) await world.change('deposit', id, `state = 'FINAL'`);
  await both();
  // 100 + 10 x 1 - 5 x 2, and 5 x 2 still held.
  expect(await wallet()).toBe('100000000 and -10000000');
  for (const id of deposits) {
    const told = await world.timeline(tenant.viewer, (await world.transactionOf(id)) as string);
    expect(kindsOf(told)).toEqual(['CREATED', 'INCLUDED', 'COMPLETED']);
  }
});

test('a settler that loses its connection between reading and committing settles once', async () => {
  const id = await world.deposit(tenant, { state: 'FINAL' });
  await world.fixture.rows('begin');
  await world.fixture.rows('select 1 from ledger.account where id = $1 for update', [tenant.walletId]);
  const settling = world.settle();
  const pid = await until('a settler that waits', async () => {
    const [found] = await world.fixture.rows<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return found?.pid ?? null;
  });
  await world.fixture.rows('select pg_terminate_backend($1)', [pid]);
  await world.fixture.rows('commit');
  await settling;
  await world.settle();
  expect(await wallet()).toBe('105000000');
  const told = await world.timeline(tenant.viewer, (await world.transactionOf(id)) as string);
  expect(told).toMatchObject({ status: 'COMPLETED', version: 3 });
});

test('a settler whose tx fails at its very end leaves nothing behind', async () => {
  const id = await world.deposit(tenant, { state: 'FINAL' });
  await world.fixture.rows(
    `create function chain.fail() returns trigger language plpgsql as $$ begin raise exception 'failpoint'; end $$`,
  );
  await world.fixture.rows(
    `create constraint trigger failpoint after update on chain.deposit deferrable initially deferred
       for each row execute function chain.fail()`,
  );
  await world.settle();
  expect(await wallet()).toBe('100000000');
  expect(await world.transactionOf(id)).toBeNull();
  await world.fixture.rows('drop function chain.fail() cascade');
  await world.settle();
  expect(await wallet()).toBe('105000000');
});

test('the running worker settles by itself when it is told, and stops', async () => {
  const running = await openWorld({ runsWorkers: true });
  const owner = await running.addTenant();
  const id = await running.deposit(owner, { state: 'FINAL' });
  await running.fixture.rows(`select pg_notify('chain_settle', '')`);
  await until('the transaction', () => running.transactionOf(id));
  await running.expectSound();
  await running.close();
});

test('a stream over a deposit tells each step from its payload, without a read', async () => {
  const id = await world.deposit(tenant);
  await world.settle();
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  const transactionId = (await world.transactionOf(id)) as string;
  const events = await readFeed(world.fixture, parseId('txn', transactionId));
  const query = `subscription { transactionUpdates { cursor
    event { version kind status transactionHash chainTransaction { id } terminal } } }`;
  const { events: timeline } = await world.timeline(tenant.viewer, transactionId);
  const before = world.fixture.payments.readCount();
  const steps: Answer[] = [];
  for (const [index, event] of events.entries()) {
    expect(event.subjects).toEqual(expect.arrayContaining([tenant.walletId, tenant.customerId]));
    const message: StreamMessage = { cursor: `c${index}`, event };
    const told = await ask(world.fixture.payments, tenant.viewer, query, {}, { transactionUpdates: message });
    steps.push(told.transactionUpdates.event);
  }
  expect(world.fixture.payments.readCount()).toBe(before);
  expect(steps.map(({ version, kind }) => `${version} ${kind}`)).toEqual([
    '1 CREATED',
    '2 INCLUDED',
    '3 COMPLETED',
  ]);
  expect(timeline).toMatchObject(steps);
  expect(steps[1].chainTransaction).toEqual({ id: chx(id) });

  const balances = `subscription ($id: ID!) { balanceUpdates(accountId: $id) {
    balance { posted { amount } pending { amount } available { amount } } } }`;
  const message: StreamMessage = { cursor: 'c1', event: events[1] as FeedEvent };
  const variables = { id: acc(tenant.walletId) };
  const told = await ask(world.fixture.payments, tenant.viewer, balances, variables, {
    balanceUpdates: message,
  });
  expect(told.balanceUpdates.balance).toEqual({
    posted: { amount: '100.000000' },
    pending: { amount: '105.000000' },
    available: { amount: '100.000000' },
  });
});

test('a customer of the wallet sees its deposit, and nobody else does', async () => {
  const id = await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  const transactionId = (await world.transactionOf(id)) as string;
  const query = `query ($id: ID!, $customer: ID!, $wallet: ID!) {
    transaction(id: $id) { source { address network } events { transactionHash } }
    byWallet: transactions(first: 10, filter: { walletId: $wallet }) { edges { node { id } } }
    byCustomer: transactions(first: 10, filter: { customerId: $customer }) { edges { node { id } } } }`;
  const stranger = await world.addTenant();
  const customer = await world.fixture.addCustomer(tenant.organizationId);
  const variables = {
    id: transactionId,
    customer: `cus_${acc(tenant.customerId).slice(4)}`,
    wallet: wal(tenant.walletId),
  };
  const mine = clientOf(tenant.organizationId, tenant.customerId);
  for (const viewer of [tenant.viewer, mine]) {
    const seen = await ask(world.fixture.payments, viewer, query, variables);
    expect(seen.transaction.source.network).toBe('POLYGON');
    expect(seen.byCustomer).toEqual({ edges: [{ node: { id: transactionId } }] });
    expect(seen.byWallet).toEqual(seen.byCustomer);
  }
  for (const viewer of [keyOf(stranger.organizationId), clientOf(tenant.organizationId, customer)]) {
    const seen = await ask(world.fixture.payments, viewer, query, variables);
    expect(seen).toEqual({ transaction: null, byWallet: { edges: [] }, byCustomer: { edges: [] } });
  }
  const [event] = await readFeed(world.fixture, parseId('txn', transactionId));
  const message: StreamMessage = { cursor: 'c', event: event as FeedEvent };
  const subscription = 'subscription { transactionUpdates { event { transactionHash } } }';
  const root = { transactionUpdates: message };
  const refused = await run(world.fixture.payments, stranger.viewer, subscription, {}, root);
  expect(refused.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
});

test('row level security keeps what is outside to its organization, and a leg leads where it led', async () => {
  const input = sendInput(tenant, '1');
  const sent = await succeed(world.fixture.payments, tenant.viewer, 'createTransaction', input);
  const stranger = await world.addTenant();
  const count = async (organizationId: Uuid): Promise<number> => {
    await world.fixture.rows('begin');
    await world.fixture.rows('set local role omsx_payments');
    await world.fixture.rows(`select set_config('app.organization', $1, true)`, [organizationId]);
    const rows = await world.fixture.rows('select 1 from payments.onchain_leg');
    await world.fixture.rows('rollback');
    return rows.length;
  };
  expect([await count(tenant.organizationId), await count(stranger.organizationId)]).toEqual([1, 0]);
  const id = parseId('txn', sent.id) as Uuid;
  expect(txn(id)).toBe(sent.id);
  for (const change of [
    `update payments.onchain_leg set address = 'x'`,
    'delete from payments.onchain_leg',
  ]) {
    await expect(world.fixture.rows(change)).rejects.toThrow();
  }
});
