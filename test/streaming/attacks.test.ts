import { once } from 'node:events';
import { WebSocket } from 'ws';
import { newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import { startCrowd } from './crowd.ts';
import { openRawSocket, TEXT_FRAME } from './rawSocket.ts';
import {
  connect,
  connectAs,
  KEY,
  type RawClient,
  type RunningRouter,
  startTestRouter,
} from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, waitFor } from './support.ts';

/** The attack list, section Transport, numbers 47 to 51: each with what is expected, and in which time. */
let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter({ streams: { messagesAtOnceMax: 20_000 } });
});
afterAll(() => running.close());

const url = (): string => running.router.wsUrl;
const init = { type: 'connection_init', payload: { authorization: `Bearer ${KEY}` } };
const UPDATES = 'subscription { transactionUpdates { cursor event { version } } }';
const stream = (id: string, query = UPDATES): object => ({ id, type: 'subscribe', payload: { query } });

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const startedAtMs = performance.now();
  const value = await work;
  expect(performance.now() - startedAtMs).toBeLessThan(ms);
  return value;
}

describe('47: a WebSocket from a foreign origin', () => {
  test.each([
    'https://evil.example',
    'null',
    'https://app.example.evil.example',
    'http://app.example',
    'file://',
  ])('is refused with 403 for %s, before the handshake', async (origin) => {
    const socket = new WebSocket(url(), 'graphql-transport-ws', { headers: { origin } });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    socket.on('error', () => undefined);
    socket.terminate();
  });
});

describe('48: against the protocol', () => {
  test('no introduction: closed with 4408 after 3 s', async () => {
    const client = await connect(url());
    const startedAtMs = performance.now();
    expect(await client.closed).toMatchObject({ code: 4408 });
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThan(2_500);
    expect(tookMs).toBeLessThan(5_000);
  });

  test('two introductions: closed with 4429', async () => {
    const client = await connectAs(url());
    client.send(init);
    expect(await within(1_000, client.closed)).toMatchObject({ code: 4429 });
  });

  test('a subscription before the acknowledgement: closed with 4401', async () => {
    const client = await connect(url());
    client.send(stream('s'));
    expect(await within(1_000, client.closed)).toMatchObject({ code: 4401 });
  });

  test('an id twice: closed with 4409', async () => {
    const client = await connectAs(url());
    client.send(stream('s'));
    client.send(stream('s'));
    expect(await within(1_000, client.closed)).toMatchObject({ code: 4409 });
  });

  test('10,000 subscriptions on one socket: a hundred run, each other is told so', async () => {
    const client = await connectAs(url());
    for (let n = 0; n < 10_000; n++) client.send(stream(`${n}`));
    const errors = await client.next('error', 9_900);
    for (const { payload } of errors.slice(0, 5)) {
      expect(payload).toMatchObject([{ extensions: { code: 'OVERLOADED' } }]);
    }
    await client.next('next', 100);
    client.socket.close();
  });

  test('a frame of 100 MB: closed with 1009 as soon as its length is read', async () => {
    const raw = await openRawSocket(url());
    raw.write(TEXT_FRAME, Buffer.from('{'), 100 * 1024 * 1024);
    expect(await within(1_000, raw.closed)).toMatchObject({ code: 1009 });
  });
});

describe('49: a token that ends during a live subscription', () => {
  test('closes the socket within 5 s, and no event comes after it', async () => {
    const viewer = running.viewers.get(KEY);
    if (!viewer) throw new Error('the key has a viewer');
    running.viewers.set('doomed', viewer);
    const client = await connectAs(url(), 'doomed');
    client.send(stream('s'));
    await client.next('next');
    running.viewers.delete('doomed');
    expect(await within(5_000, client.closed)).toMatchObject({ code: 4403 });
    const seen = client.messages.length;
    await append(running.database.writer, [completed(1)]);
    expect(client.messages).toHaveLength(seen);
  });
});

describe('50: slow consumers', () => {
  test('cost bounded memory, and get everything once they read', async () => {
    const WIDE = `subscription { transactionUpdates { cursor event { version } ${'x'.repeat(50_000)}: cursor } }`;
    const slow: RawClient[] = [];
    for (let n = 0; n < 20; n++) {
      const client = await connectAs(url());
      client.send(stream('s', WIDE));
      await client.next('next');
      client.socket.pause();
      slow.push(client);
    }
    const before = process.memoryUsage();
    // 20 readers times 800 messages of 50 kB are 800 MB.
    for (let batch = 0; batch < 8; batch++) {
      await append(
        running.database.writer,
        Array.from({ length: 100 }, (_, n) => completed(batch * 100 + n + 1)),
      );
    }
    await waitFor('all to be behind', async () => (await sent()) === (await sentLater()), 20_000);
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(grown).toBeLessThan(150 * 1024 * 1024);
    for (const client of slow) client.socket.resume();
    for (const client of slow) {
      await waitFor(
        'all',
        () => client.messages.filter(({ type }) => type === 'next').length === 801,
        60_000,
      );
      client.socket.close();
    }
  }, 120_000);

  const sent = (): Promise<number> => running.metric('omsx_router_messages_sent_total');

  async function sentLater(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return await sent();
  }
});

describe('51: a storm of reconnections', () => {
  test('5,000 clients that come back at once are all served', async () => {
    const crowd = startCrowd();
    const job = {
      url: url(),
      token: KEY,
      sockets: 5_000,
      subscriptionsPerSocket: 1,
      payloads: [{ query: UPDATES }],
    };
    await crowd.open(job);
    await crowd.cut();
    await crowd.open(job);
    const arriving = crowd.expect(5_000);
    await append(running.database.writer, [completed(1)]);
    await arriving;
    crowd.stop();
    await waitFor('all to be gone', async () => (await running.metric('omsx_router_sockets_open')) === 0);
  }, 120_000);
});
