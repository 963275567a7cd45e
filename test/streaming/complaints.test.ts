import { WebSocket } from 'ws';
import { newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import { startRouter } from '../../router/main.ts';
import { openEvents } from './eventSource.ts';
import {
  connect,
  connectAs,
  KEY,
  type RawClient,
  type RunningRouter,
  startTestRouter,
} from './routerHarness.ts';
import { openShop, type Shop } from './shop.ts';
import { type ShopRouter, startShopRouter } from './shopRouter.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, pause, waitFor } from './support.ts';

/**
 * What users of federated subscriptions complain of elsewhere, each as a test of its own, with the thread in brackets.
 * Those about reloads are in reload.test.ts, those about tokens in tokens.test.ts, those about numbers in crowd.test.ts.
 */
let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter();
});
afterAll(() => running.close());

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

let streams = 0;

/** Opens a stream that shares with no other test, and waits for its first message. */
async function watch(client: RawClient, alias = `a${++streams}`, rest = ''): Promise<string> {
  const query = `subscription { ${alias}: transactionUpdates { cursor event { version } ${rest} } }`;
  client.send({ id: alias, type: 'subscribe', payload: { query } });
  await waitFor('the first message', () => client.messages.some(({ id }) => id === alias));
  return alias;
}

function versions(client: RawClient, alias: string): readonly number[] {
  return client.messages
    .filter(({ id, type }) => id === alias && type === 'next')
    .map(({ payload }) => (payload as { data: Record<string, { event: { version: number } | null }> }).data)
    .flatMap((data) => data[alias]?.event?.version ?? []);
}

async function appendMany(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => completed(n + 1));
  for (let at = 0; at < count; at += 100) await append(running.database.writer, events.slice(at, at + 100));
}

describe('streams of subgraphs', () => {
  let shop: Shop;
  let served: ShopRouter;
  const CHANGES = 'subscription ($sku: ID!) { priceChanged(sku: $sku) { price name } }';

  beforeEach(async () => {
    shop = await openShop();
    served = await startShopRouter(shop);
  });
  afterEach(async () => {
    await served.close();
    await shop.close();
  });

  async function open(): Promise<RawClient> {
    const client = await connect(served.router.wsUrl);
    client.send({ type: 'connection_init' });
    await client.next('connection_ack');
    return client;
  }
  const subscribe = (client: RawClient, id: string): void =>
    client.send({ id, type: 'subscribe', payload: { query: CHANGES, variables: { sku: 'a' } } });

  test('a quiet stream does not outlive its last reader (hive router#1494, apollo router#8067)', async () => {
    const client = await open();
    subscribe(client, 's');
    await waitFor('the stream', () => shop.streams().length === 1);
    client.socket.terminate();
    await waitFor('it to be closed', () => shop.streams().length === 0, 1_000);
  });

  test('when the first of several leaves, the others get all that comes (apollo router#7879)', async () => {
    const clients = [await open(), await open(), await open()];
    for (const client of clients) subscribe(client, 's');
    await waitFor('the stream', () => shop.streams().length === 1);
    clients[0]?.socket.terminate();
    await pause(100);
    shop.change('a', 1);
    await Promise.all(clients.slice(1).map((client) => client.next('next')));
    for (const client of clients) client.socket.close();
  });

  test('many subscriptions share a connection to the subgraph (hive router#1236)', async () => {
    const client = await open();
    for (let n = 0; n < 90; n++) {
      const variables = { sku: `sku ${n}` };
      client.send({ id: `${n}`, type: 'subscribe', payload: { query: CHANGES, variables } });
    }
    await waitFor('all streams', () => shop.streams().length === 90);
    expect(shop.connections()).toBeLessThanOrEqual(3);
    client.socket.close();
  });

  test('1,500 subscriptions run at once, over one socket to the subgraph (cosmo#1531, hive router#1236)', async () => {
    const clients = await Promise.all(Array.from({ length: 15 }, open));
    for (const [at, client] of clients.entries()) {
      for (let n = 0; n < 100; n++) {
        const variables = { sku: `${at} ${n}` };
        client.send({ id: `${n}`, type: 'subscribe', payload: { query: CHANGES, variables } });
      }
    }
    await waitFor('all streams', () => shop.streams().length === 1_500, 20_000);
    expect(shop.connections()).toBe(1);
    for (const sku of shop.streams()) shop.change(sku, 1);
    await Promise.all(clients.map((client) => client.next('next', 100)));
    for (const client of clients) client.socket.close();
    await waitFor('all streams to end', () => shop.streams().length === 0, 5_000);
  }, 60_000);

  test('a subscription that is answered after its socket was closed is let go (graphql-ws#532)', async () => {
    for (let round = 0; round < 20; round++) {
      const client = await open();
      subscribe(client, 's');
      if (round % 2 === 0) client.socket.terminate();
      else client.socket.close();
    }
    await pause(300);
    await waitFor('nothing to be open', () => shop.streams().length === 0, 2_000);
  });
});

test('a reader that is far behind gets every event all the same (apollo drops beyond 128, hive on lag)', async () => {
  const client = await connectAs(running.router.wsUrl);
  const alias = await watch(client, undefined, `${'y'.repeat(10_000)}: cursor`);
  client.socket.pause();
  await appendMany(1_500);
  client.socket.resume();
  await waitFor('all of them', () => versions(client, alias).length >= 1_500, 30_000);
  expect(versions(client, alias)).toEqual(Array.from({ length: 1_500 }, (_, n) => n + 1));
  client.socket.close();
}, 60_000);

test('one stuck reader freezes neither the others nor the heartbeats (graphql-go-tools#1637)', async () => {
  const stuck = await openEvents(running.router.url, {
    query: `subscription { transactionUpdates { cursor event { version } ${'y'.repeat(20_000)}: cursor } }`,
    headers: { authorization: `Bearer ${KEY}` },
  });
  await stuck.next(1);
  stuck.socket.pause();
  await appendMany(700);
  const quick = await connectAs(running.router.wsUrl);
  const alias = await watch(quick);
  const delays: number[] = [];
  for (let n = 1; n <= 20; n++) {
    const startedAtMs = performance.now();
    // Those before may be visible a little later, while another test's tx holds the horizon back.
    await append(running.database.writer, [completed(10_000 + n)]);
    await waitFor('the event', () => versions(quick, alias).includes(10_000 + n));
    delays.push(performance.now() - startedAtMs);
  }
  quick.send({ type: 'ping' });
  await quick.next('pong');
  delays.sort((one, other) => one - other);
  expect(delays[10]).toBeLessThan(1_000);
  stuck.socket.destroy();
  quick.socket.close();
}, 60_000);

test('a deploy closes sockets with 1001 and spreads over seconds when they come back (hive gateway#2546)', async () => {
  const own = await startTestRouter();
  const clients = await Promise.all(Array.from({ length: 40 }, () => connectAs(own.router.wsUrl)));
  await own.close();
  const hints = await Promise.all(
    clients.map(async ({ closed }) => {
      const { code, reason } = await closed;
      expect(code).toBe(1001);
      return Number(/^retry-after-ms=(\d+)$/.exec(reason)?.[1]);
    }),
  );
  expect(new Set(hints).size).toBeGreaterThan(30);
  expect(Math.max(...hints) - Math.min(...hints)).toBeGreaterThan(2_000);
  expect(Math.max(...hints)).toBeLessThanOrEqual(5_000);
});

test('a client that changes routers resumes where it was, and misses nothing that happened meanwhile (nobody)', async () => {
  const client = await connectAs(running.router.wsUrl);
  const alias = await watch(client);
  await appendMany(3);
  await waitFor('three', () => versions(client, alias).length === 3);
  const cursors = client.messages.map(
    ({ payload }) => (payload as { data?: Record<string, { cursor: string }> })?.data?.[alias]?.cursor,
  );
  client.socket.terminate();
  await appendMany(5);
  const other = await startRouter({
    config: { host: '127.0.0.1', port: 0, allowedOrigins: [], introspection: true },
    ...running.parts,
  });
  const again = await connectAs(other.wsUrl);
  const query = `subscription ($after: Cursor) { ${alias}: transactionUpdates(after: $after) { cursor event { version } } }`;
  again.send({ id: alias, type: 'subscribe', payload: { query, variables: { after: cursors.at(-2) } } });
  await waitFor('the rest', () => versions(again, alias).length === 6);
  expect(versions(again, alias)).toEqual([3, 1, 2, 3, 4, 5]);
  again.socket.close();
  await other.close();
});

test('there are client WebSockets, and asking for metrics does not disturb them (apollo router#8014, cosmo#2197)', async () => {
  const client = await connectAs(running.router.wsUrl);
  const alias = await watch(client);
  for (let n = 1; n <= 5; n++) {
    await append(running.database.writer, [completed(n)]);
    expect(await running.metric('omsx_router_subscriptions_open')).toBeGreaterThan(0);
  }
  await waitFor('all', () => versions(client, alias).length === 5);
  client.socket.close();
});

test('a token that ends closes its socket with a code that clients retry, one that never was good with a fatal one (MJ#2698)', async () => {
  const bad = await connect(running.router.wsUrl);
  bad.send({ type: 'connection_init', payload: { authorization: 'Bearer never_good' } });
  expect(await bad.closed).toMatchObject({ code: 4401 });
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('good_until_now', viewer);
  const good = await connectAs(running.router.wsUrl, 'good_until_now');
  running.viewers.delete('good_until_now');
  expect(await good.closed).toMatchObject({ code: 4403 });
});

test('listeners and timers do not pile up as subscriptions and queries come and go (hive gateway#303)', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const client = await connectAs(running.router.wsUrl);
  const before = timers();
  for (let round = 0; round < 60; round++) {
    const alias = await watch(client);
    client.send({ id: alias, type: 'complete' });
    client.send({ id: 'q', type: 'subscribe', payload: { query: '{ organization { name } }' } });
    await client.next('complete', round + 1);
  }
  client.send({ type: 'ping' });
  await client.next('pong');
  await pause(1_000);
  expect(timers() - before).toBeLessThan(20);
  process.off('warning', note);
  expect(warnings).toEqual([]);
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
  client.socket.close();
});
