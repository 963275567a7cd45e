import { newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import { connectAs, type RawClient, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, waitFor } from './support.ts';

/** Goal: an id means one operation at a time, however messages of both sides cross. */
let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter({ streams: { messagesAtOnceMax: 20_000 } });
});
afterAll(() => running.close());

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

const streamOf = (alias: string): { query: string } => ({
  query: `subscription { ${alias}: transactionUpdates { cursor event { version } } }`,
});

function nextsOf(client: RawClient, id: string): readonly (readonly string[])[] {
  return client.messages
    .filter((message) => message.type === 'next' && message.id === id)
    .map(({ payload }) => Object.keys((payload as { data: object }).data));
}

test('once a client has completed a stream, nothing more comes under its id, whatever was on its way', async () => {
  const client = await connectAs(running.router.wsUrl);
  let isAppending = true;
  const appending = (async () => {
    for (let n = 1; isAppending; n++) await append(running.database.writer, [completed(n), completed(n)]);
  })();
  for (let round = 0; round < 20; round++) {
    const id = `r${round}`;
    client.send({ id, type: 'subscribe', payload: streamOf('a') });
    await waitFor('some messages', () => nextsOf(client, id).length > 3);
    client.send({ id, type: 'complete' });
    client.send({ type: 'ping', payload: { round } });
    await client.next('pong', round + 1);
    const seen = nextsOf(client, id).length;
    await append(running.database.writer, [completed(1)]);
    expect(nextsOf(client, id)).toHaveLength(seen);
  }
  isAppending = false;
  await appending;
  expect(client.messages.filter(({ type }) => type === 'complete' || type === 'error')).toEqual([]);
  client.socket.close();
});

test('an id that is used again at once belongs to the new stream alone', async () => {
  const client = await connectAs(running.router.wsUrl);
  for (let round = 0; round < 30; round++) {
    const [from, to] = [`a${round}`, `a${round + 1}`];
    if (round === 0) client.send({ id: 'same', type: 'subscribe', payload: streamOf(from) });
    await waitFor(`${from} to begin`, () => nextsOf(client, 'same').some(([name]) => name === from));
    void append(running.database.writer, [completed(round + 1)]);
    client.send({ id: 'same', type: 'complete' });
    client.send({ id: 'same', type: 'subscribe', payload: streamOf(to) });
  }
  await waitFor('the last', () => nextsOf(client, 'same').some(([name]) => name === 'a30'));
  await append(running.database.writer, [completed(99)]);
  await waitFor('its event', () => nextsOf(client, 'same').filter(([name]) => name === 'a30').length >= 2);
  const names = nextsOf(client, 'same').map(([name]) => Number(name?.slice(1)));
  expect(names).toEqual([...names].sort((one, other) => one - other));
  // The end of those before has not freed it.
  client.send({ id: 'same', type: 'subscribe', payload: streamOf('b') });
  expect(await client.closed).toMatchObject({ code: 4409 });
});

test('a client that completes a query while it is answered leaves its id free, and gets one answer or none', async () => {
  const client = await connectAs(running.router.wsUrl);
  const query = '{ organization { name } }';
  for (let round = 0; round < 200; round++) {
    client.send({ id: 'q', type: 'subscribe', payload: { query } });
    // From before it is admitted until after it is answered.
    const endsAtMs = performance.now() + (round % 20) * 0.1;
    while (performance.now() < endsAtMs) await new Promise((resolve) => setImmediate(resolve));
    client.send({ id: 'q', type: 'complete' });
  }
  client.send({ id: 'q', type: 'subscribe', payload: { query } });
  await client.next('complete');
  client.send({ type: 'ping' });
  await client.next('pong');
  const of = (type: string): number => client.messages.filter((message) => message.type === type).length;
  expect(of('next')).toBe(of('complete'));
  expect(of('error')).toBe(0);
  client.socket.close();
});

test('10,000 subscriptions on one socket: the first hundred run on, the others are refused one by one', async () => {
  const client = await connectAs(running.router.wsUrl);
  for (let n = 0; n < 10_000; n++) client.send({ id: `s${n}`, type: 'subscribe', payload: streamOf('a') });
  const errors = await client.next('error', 9_900);
  expect(new Set(errors.map(({ payload }) => JSON.stringify(payload))).size).toBe(1);
  expect(errors[0]).toMatchObject({
    id: 's100',
    payload: [{ extensions: { code: 'OVERLOADED', retryable: true } }],
  });
  await client.next('next', 100);
  await append(running.database.writer, [completed(1)]);
  await client.next('next', 200);
  expect(client.socket.readyState).toBe(client.socket.OPEN);
  client.socket.close();
});

test('a socket that breaks in the middle of everything leaves nothing open', async () => {
  const open = (): Promise<number> => running.metric('omsx_router_subscriptions_open');
  await waitFor('the others to be gone', async () => (await open()) === 0);
  for (let round = 0; round < 10; round++) {
    const client = await connectAs(running.router.wsUrl);
    for (let n = 0; n < 20; n++) client.send({ id: `${n}`, type: 'subscribe', payload: streamOf(`a${n}`) });
    if (round % 2 === 0) await client.next('next', 1 + round);
    client.socket.terminate();
  }
  await waitFor('all to be gone', async () => (await open()) === 0, 2_000);
  await waitFor('the feed to be left', () => running.feed.status().subscribers === 0, 1_000);
});
