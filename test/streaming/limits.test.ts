import { once } from 'node:events';
import { WebSocket } from 'ws';
import { newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import type { RouterOptions } from '../../router/main.ts';
import type { Budget } from '../../router/pipeline.ts';
import { createBudget, createRate } from '../../router/protection/rate.ts';
import type { StreamLimits } from '../../router/subscriptions/limits.ts';
import { openRawSocket, TEXT_FRAME } from './rawSocket.ts';
import { connectAs, KEY, type RawClient, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, pause, waitFor } from './support.ts';

let running: RunningRouter;

async function start(limits: Partial<StreamLimits>, other: Partial<RouterOptions> = {}): Promise<void> {
  running = await startTestRouter({ streams: limits }, other);
}
afterEach(() => running.close());

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

const UPDATES = 'subscription { transactionUpdates { cursor event { version } transaction { id } } }';

function subscribe(client: RawClient, id: string, query = UPDATES): void {
  client.send({ id, type: 'subscribe', payload: { query } });
}

test('a process takes so many subscriptions, whoever asks, and a place that is free again can be had', async () => {
  await start({ subscriptionsMax: 3 });
  const [one, other] = [await connectAs(running.router.wsUrl), await connectAs(running.router.wsUrl)];
  for (const id of ['a', 'b']) subscribe(one, id);
  subscribe(other, 'c');
  await Promise.all([one.next('next', 2), other.next('next')]);
  subscribe(other, 'd');
  const [error] = await other.next('error');
  expect(error).toMatchObject({
    id: 'd',
    payload: [{ extensions: { code: 'OVERLOADED', retryable: true } }],
  });
  one.send({ id: 'a', type: 'complete' });
  one.send({ type: 'ping' });
  await one.next('pong');
  subscribe(other, 'd');
  await other.next('next', 2);
  one.socket.close();
  other.socket.close();
});

test('one key takes so many subscriptions, over all its sockets, and others are not concerned', async () => {
  await start({ subscriptionsPerKeyMax: 2 });
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('neighbour', { ...viewer, subjectId: 'neighbour' });
  const [one, other] = [await connectAs(running.router.wsUrl), await connectAs(running.router.wsUrl)];
  const neighbour = await connectAs(running.router.wsUrl, 'neighbour');
  subscribe(one, 'a');
  subscribe(other, 'b');
  await Promise.all([one.next('next'), other.next('next')]);
  subscribe(other, 'c');
  const [error] = await other.next('error');
  expect(error).toMatchObject({ id: 'c', payload: [{ extensions: { code: 'OVERLOADED' } }] });
  subscribe(neighbour, 'd');
  await neighbour.next('next');
  for (const client of [one, other, neighbour]) client.socket.close();
});

test('a socket beyond those that a process takes is refused with 503', async () => {
  running = await startTestRouter({ socketsMax: 2 });
  const clients = [await connectAs(running.router.wsUrl), await connectAs(running.router.wsUrl)];
  const third = new WebSocket(running.router.wsUrl, 'graphql-transport-ws');
  const [, response] = await once(third, 'unexpected-response');
  expect(response.statusCode).toBe(503);
  clients[0]?.socket.close();
  await clients[0]?.closed;
  clients.push(await connectAs(running.router.wsUrl));
  for (const client of clients) client.socket.close();
  third.on('error', () => undefined);
  third.terminate();
});

test('queries that run at the same time count among the operations of a socket', async () => {
  await start({ operationsPerSocketMax: 2 });
  const client = await connectAs(running.router.wsUrl);
  subscribe(client, 'a');
  subscribe(client, 'b');
  client.send({ id: 'q', type: 'subscribe', payload: { query: '{ organization { name } }' } });
  const [error] = await client.next('error');
  expect(error).toMatchObject({ id: 'q', payload: [{ extensions: { code: 'OVERLOADED' } }] });
  client.socket.close();
});

/** A real budget whose bookings can be read. */
function noted(budget: Budget): Budget & { readonly taken: number[]; readonly settled: [string, number][] } {
  const taken: number[] = [];
  const settled: [string, number][] = [];
  return {
    taken,
    settled,
    take(key, cost) {
      taken.push(cost);
      return budget.take(key, cost);
    },
    settle(key, difference) {
      settled.push([key, difference]);
      budget.settle(key, difference);
    },
  };
}

test('a subscription costs when it is opened, and each resolution costs those who share it once, by turns', async () => {
  const budget = noted(createBudget(createRate({ redis: null, capacity: 10_000, refillPerSecond: 1 })));
  await start({}, { budget });
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('b', { ...viewer, subjectId: 'b' });
  const clients = [await connectAs(running.router.wsUrl), await connectAs(running.router.wsUrl, 'b')];
  for (const client of clients) {
    subscribe(client, 's');
    await client.next('next');
  }
  expect(budget.taken).toHaveLength(2);
  const [estimate = 0] = budget.taken;
  expect(estimate).toBeGreaterThan(0);
  budget.settled.length = 0;
  for (let n = 1; n <= 4; n++) {
    await append(running.database.writer, [completed(n)]);
    await Promise.all(clients.map((client) => client.next('next', n + 1)));
  }
  const charged = budget.settled.filter(([, difference]) => difference === estimate).map(([key]) => key);
  expect(charged).toHaveLength(4);
  expect(new Set(charged).size).toBe(2);
  // One message goes to both, so it does not say what either has left.
  expect(JSON.stringify(clients[0]?.messages)).not.toContain('remaining');
  for (const client of clients) client.socket.close();
});

test('a budget that is used up refuses new operations with RATE_LIMITED, and open streams lose nothing', async () => {
  await start(
    {},
    { budget: createBudget(createRate({ redis: null, capacity: 30, refillPerSecond: 0.001 })) },
  );
  const client = await connectAs(running.router.wsUrl);
  subscribe(client, 's');
  await client.next('next');
  for (let n = 1; n <= 30; n++) await append(running.database.writer, [completed(n)]);
  await client.next('next', 31);
  subscribe(client, 't');
  const [error] = await client.next('error');
  expect(error).toMatchObject({
    id: 't',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) } }],
  });
  await append(running.database.writer, [completed(31)]);
  await client.next('next', 32);
  client.socket.close();
});

test('a client that orders answers and reads none of them is cut off', async () => {
  await start({ unreadBytesMax: 64 * 1024, messagesAtOnceMax: 10_000 });
  const client = await connectAs(running.router.wsUrl);
  client.socket.pause();
  const query = `{ ${Array.from({ length: 10 }, (_, n) => `${'x'.repeat(3_000)}${n}: __typename`).join(' ')} }`;
  for (let n = 0; n < 3_000 && (await running.metric('omsx_router_sockets_open')) > 0; n += 100) {
    for (let more = 0; more < 100; more++) {
      client.send({ id: `${n + more}`, type: 'subscribe', payload: { query } });
    }
    await pause(20);
  }
  await waitFor('it to be gone', async () => (await running.metric('omsx_router_sockets_open')) === 0);
  client.socket.terminate();
}, 60_000);

test('a client that is gone without a word is noticed by its missing pongs, and its streams end; one that is quiet stays', async () => {
  await start({ pingMs: 600 });
  const quiet = await connectAs(running.router.wsUrl);
  const gone = await openRawSocket(running.router.wsUrl);
  const say = (message: object): void => gone.write(TEXT_FRAME, Buffer.from(JSON.stringify(message)));
  say({ type: 'connection_init', payload: { authorization: `Bearer ${KEY}` } });
  await waitFor('the acknowledgement', () => gone.frames.length > 0);
  say({ id: 's', type: 'subscribe', payload: { query: UPDATES } });
  const open = (): Promise<number> => running.metric('omsx_router_subscriptions_open');
  await waitFor('its stream', async () => (await open()) === 1);
  await waitFor('the end of its stream', async () => (await open()) === 0, 5_000);
  expect(running.feed.status().subscribers).toBe(0);
  await pause(1_500);
  expect(quiet.socket.readyState).toBe(WebSocket.OPEN);
  quiet.socket.close();
  gone.socket.destroy();
});

test('when all connections together hold too much unsent, each of them gets less of a buffer', async () => {
  await start({ unsentTotalBytesMax: 1, unsentBytesMin: 16 * 1024 });
  const WIDE = `subscription { transactionUpdates { cursor event { version } ${'x'.repeat(20_000)}: cursor } }`;
  const client = await connectAs(running.router.wsUrl);
  subscribe(client, 's', WIDE);
  await client.next('next');
  client.socket.pause();
  for (let batch = 0; batch < 6; batch++) {
    await append(
      running.database.writer,
      Array.from({ length: 100 }, (_, n) => completed(batch * 100 + n + 1)),
    );
  }
  client.socket.resume();
  await waitFor('all', () => client.messages.filter(({ type }) => type === 'next').length === 601, 20_000);
  expect(await running.metric('omsx_router_replayed_events_total')).toBeGreaterThan(0);
  client.socket.close();
}, 60_000);
