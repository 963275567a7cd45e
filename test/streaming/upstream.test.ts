import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvents } from './eventSource.ts';
import { connect, type Message, type RawClient } from './routerHarness.ts';
import { openShop, type Shop } from './shop.ts';
import { type ShopRouter, startShopRouter } from './shopRouter.ts';
import { waitFor } from './support.ts';

/** Goal: whatever subscription a federated subgraph serves can be had, joined with the others, shared and let go of. */
let shop: Shop;
let served: ShopRouter;
let folder: string;
let file: string;

beforeEach(async () => {
  shop = await openShop();
  folder = await mkdtemp(join(tmpdir(), 'omsx-shop-'));
  file = join(folder, 'supergraph.graphql');
  await writeFile(file, shop.sdl());
  served = await startShopRouter(shop, {
    config: { forwardedHeaders: ['authorization', 'accept-language'] },
    options: { supergraphFile: file },
  });
});
afterEach(async () => {
  await served.close();
  await shop.close();
  await rm(folder, { recursive: true });
});

const CHANGES = 'subscription ($sku: ID!) { priceChanged(sku: $sku) { price name } }';

async function open(
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<RawClient> {
  const client = await connect(served.router.wsUrl, { headers });
  client.send({ type: 'connection_init', payload: params });
  await client.next('connection_ack');
  return client;
}

/** Resolves when the subgraph has `streams` of them. */
async function watch(
  client: RawClient,
  sku: string,
  streams: number,
  id = sku,
  query = CHANGES,
): Promise<void> {
  client.send({ id, type: 'subscribe', payload: { query, variables: { sku } } });
  client.send({ type: 'ping' });
  await client.next('pong');
  await waitFor(`${streams} streams`, () => shop.streams().length === streams, 5_000);
}

function pricesOf(messages: readonly Message[], id = 'a'): readonly unknown[] {
  return messages
    .filter((message) => message.type === 'next' && message.id === id)
    .map(({ payload }) => (payload as { data: { priceChanged: unknown } }).data?.priceChanged);
}

test('each message of the subgraph is joined with what the others know', async () => {
  const client = await open();
  await watch(client, 'a', 1);
  shop.change('a', 1);
  shop.change('a', 2);
  await client.next('next', 2);
  expect(pricesOf(client.messages)).toEqual([
    { price: 1, name: 'Product a' },
    { price: 2, name: 'Product a' },
  ]);
  client.socket.close();
});

test('identical subscriptions share one stream and one join, others have their own', async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => open()));
  for (const client of clients) await watch(client, 'a', 1);
  const other = await open();
  await watch(other, 'b', 2);
  expect([...shop.streams()].sort()).toEqual(['a', 'b']);
  shop.change('a', 1);
  await Promise.all(clients.map((client) => client.next('next')));
  expect(shop.named()).toBe(1);
  for (const client of [...clients, other]) client.socket.close();
});

test('who sends other headers to the subgraphs has a stream of their own', async () => {
  const clients = [
    await open(),
    await open({}, { 'accept-language': 'de' }),
    await open({ authorization: 'Bearer one' }),
    await open({ authorization: 'Bearer other' }),
    await open({ authorization: 'Basic b25lOnR3bw==' }),
  ];
  for (const [index, client] of clients.entries()) await watch(client, 'a', index + 1);
  const again = await open({ authorization: 'Bearer one' });
  again.send({ id: 'a', type: 'subscribe', payload: { query: CHANGES, variables: { sku: 'a' } } });
  shop.change('a', 1);
  await Promise.all(clients.map((client) => client.next('next')));
  expect(shop.streams()).toHaveLength(clients.length);
  for (const client of [...clients, again]) client.socket.close();
});

test('with the last of two the stream is closed within a second, also when it is quiet; with the first it is not', async () => {
  const [one, other] = [await open(), await open()];
  await watch(one, 'a', 1);
  await watch(other, 'a', 1);
  one.send({ id: 'a', type: 'complete' });
  shop.change('a', 1);
  await other.next('next');
  expect([shop.streams(), pricesOf(one.messages)]).toEqual([['a'], []]);
  other.socket.terminate();
  await waitFor('the stream to be closed', () => shop.streams().length === 0, 1_000);
  one.socket.close();
});

test('where the subgraph completes the stream, the clients are told so', async () => {
  const client = await open();
  await watch(client, 'a', 1);
  shop.change('a', 1);
  shop.finish('a');
  await client.next('complete');
  expect(client.messages.slice(-2)).toMatchObject([
    { type: 'next', id: 'a' },
    { type: 'complete', id: 'a' },
  ]);
  client.socket.close();
});

test('where the connection to the subgraph breaks, the streams end with an error and are not opened again unseen', async () => {
  const client = await open();
  await watch(client, 'a', 1);
  shop.change('a', 1);
  await client.next('next');
  shop.cut();
  const [error] = await client.next('error');
  expect(error).toMatchObject({
    id: 'a',
    payload: [{ extensions: { code: 'STREAM_INTERRUPTED', retryable: true, subgraph: 'prices' } }],
  });
  await waitFor('no stream', () => shop.streams().length === 0, 2_000);
  await watch(client, 'a', 1);
  shop.change('a', 2);
  await client.next('next', 2);
  client.socket.close();
});

test('a stream that the subgraph refuses ends with an error', async () => {
  const client = await open();
  client.send({ id: 'r', type: 'subscribe', payload: { query: 'subscription { refused }' } });
  await waitFor('an end', () => client.messages.some(({ id }) => id === 'r'));
  expect(JSON.stringify(client.messages.find(({ id }) => id === 'r'))).toContain('errors');
  client.socket.close();
});

test('a message with an error is a message; the stream goes on', async () => {
  const client = await open();
  await watch(client, 'a', 1);
  shop.change('a', new Error('unknown price'));
  shop.change('a', 2);
  const [first, second] = await client.next('next', 2);
  expect(first?.payload).toMatchObject({
    data: { priceChanged: { price: null, name: 'Product a' } },
    errors: [{ path: ['priceChanged', 'price'] }],
  });
  expect(second?.payload).toMatchObject({ data: { priceChanged: { price: 2 } } });
  client.socket.close();
});

async function knowsTitles(): Promise<boolean> {
  const response = await fetch(served.router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __type(name: "Product") { fields { name } } }' }),
  });
  return (await response.text()).includes('"title"');
}

test('a stream goes on over a new supergraph without being opened again, and its messages are joined by it', async () => {
  const client = await open();
  await watch(client, 'a', 1);
  await writeFile(file, shop.sdl('MORE_NAMES'));
  const TITLE = 'subscription ($sku: ID!) { priceChanged(sku: $sku) { price title } }';
  await waitFor('the new schema', knowsTitles);
  shop.change('a', 1);
  await client.next('next');
  expect(pricesOf(client.messages)).toEqual([{ price: 1, name: 'Product a' }]);
  expect(shop.opened()).toBe(1);
  await watch(client, 'a', 2, 'title', TITLE);
  shop.change('a', 2);
  await client.next('next', 3);
  expect(pricesOf(client.messages, 'title')).toEqual([{ price: 2, title: null }]);
  client.socket.close();
});

test('what was opened before reloads is let go of after them (cosmo#756, #3010, #3047)', async () => {
  const [leaving, staying] = [await open(), await open()];
  await watch(leaving, 'a', 1);
  await watch(staying, 'a', 1);
  await watch(leaving, 'b', 2);
  for (const change of ['MORE_NAMES', undefined, 'MORE_NAMES'] as const) {
    await writeFile(file, shop.sdl(change));
    await waitFor('the new schema', async () => (await knowsTitles()) === (change !== undefined));
  }
  leaving.socket.terminate();
  await waitFor('its own stream to be closed', () => shop.streams().join() === 'a', 1_000);
  shop.change('a', 1);
  await staying.next('next');
  expect(shop.opened()).toBe(2);
  staying.send({ id: 'a', type: 'complete' });
  await waitFor('the last stream to be closed', () => shop.streams().length === 0, 1_000);
  staying.socket.close();
});

test('a reader that is too slow for a stream that cannot be replayed is told so, and delays nobody', async () => {
  const wide = `subscription ($sku: ID!) { priceChanged(sku: $sku) { price ${'x'.repeat(20_000)}: sku } }`;
  const [slow, quick] = [await open(), await open()];
  await watch(slow, 'a', 1, 'a', wide);
  await watch(quick, 'a', 1, 'a', wide);
  slow.socket.pause();
  for (let n = 0; n < 1_000; n++) {
    shop.change('a', n);
    if (n % 20 === 0) await quick.next('next', Math.max(n - 200, 0));
  }
  await quick.next('next', 1_000);
  slow.socket.resume();
  const [error] = await slow.next('error');
  expect(error?.payload).toMatchObject([{ extensions: { code: 'STREAM_INTERRUPTED' } }]);
  // Up to there it has everything, in order.
  const prices = pricesOf(slow.messages) as { price: number }[];
  expect(prices.map(({ price }) => price)).toEqual(prices.map((_, n) => n));
  slow.socket.close();
  quick.socket.close();
}, 60_000);

test('over server-sent events such a stream has no ids, because it cannot be resumed', async () => {
  const events = await openEvents(served.router.url, { query: CHANGES, variables: { sku: 'a' } });
  await waitFor('the stream', () => shop.streams().length === 1);
  shop.change('a', 1);
  const [first] = await events.next(1);
  expect(first).toMatchObject({
    id: undefined,
    result: { data: { priceChanged: { price: 1, name: 'Product a' } } },
  });
  events.socket.destroy();
  await waitFor('the stream to be closed', () => shop.streams().length === 0, 1_000);
});
