import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ExecutionResult } from 'graphql';
import { type WebSocket, WebSocketServer } from 'ws';
import { createHttpTransport, type HttpTransport } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import type { SubscriberOptions } from '../../../router/transport/subscribe/subscriber.ts';
import { faultOf, requestOf } from './requests.ts';
import { until } from './server.ts';

/** What a subgraph that speaks frame by frame sends back for each of ours. */
type Reply = (message: { type: string; id: string; payload?: unknown }, socket: WebSocket) => unknown;

let sockets: WebSocketServer;
let transport: HttpTransport;
let accepted: WebSocket[];
let frames: { type: string; id: string; payload?: unknown }[];

async function start(reply: Reply, options: Partial<SubscriberOptions> = {}): Promise<void> {
  accepted = [];
  frames = [];
  sockets = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (given) => [...given][0] ?? false,
  });
  sockets.on('connection', (socket) => {
    accepted.push(socket);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      frames.push(message);
      reply(message, socket);
    });
  });
  await once(sockets, 'listening');
  const { port } = sockets.address() as AddressInfo;
  transport = createHttpTransport({
    name: 'news',
    url: `http://127.0.0.1:${port}/graphql`,
    subscriptions: {
      protocol: 'graphql-transport-ws',
      openWaitMs: 300,
      pingMs: 100,
      pongWaitMs: 200,
      ...options,
    },
  });
}

/** Acknowledges, answers pings, and each subscription with `first`, if any. */
const polite =
  (first?: unknown): Reply =>
  ({ type, id }, socket) => {
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    if (type === 'ping') socket.send('{"type":"pong"}');
    if (type === 'subscribe' && first !== undefined)
      socket.send(JSON.stringify({ type: 'next', id, payload: first }));
  };

afterEach(async () => {
  await transport.close();
  await until(() => sockets.clients.size === 0, 2_000);
  sockets.close();
});

const { signal } = new AbortController();

function subscribe(
  headers: Readonly<Record<string, string>> = {},
  until: AbortSignal = signal,
): AsyncIterator<ExecutionResult> {
  const request = requestOf({ kind: 'subscription', headers, operationName: 'S', variables: { a: 1 } });
  const stream = transport.subscribe?.(request, until);
  if (stream === undefined) throw new Error('the transport has no subscriptions');
  return stream[Symbol.asyncIterator]();
}

test('callers with the same headers share a socket, others have another', async () => {
  await start(polite({ data: { x: 1 } }));
  const streams = [
    { a: '1' },
    { a: '1', traceparent: 'one' },
    { a: '1', traceparent: 'two' },
    { a: '2' },
    {},
  ];
  const opened = streams.map((headers) => subscribe(headers));
  for (const stream of opened) expect(await stream.next()).toMatchObject({ value: { data: { x: 1 } } });
  expect(accepted).toHaveLength(3);
  const subscribes = frames.filter(({ type }) => type === 'subscribe');
  expect(subscribes[0]?.payload).toEqual({
    query: 'subscription { x }',
    variables: { a: 1 },
    operationName: 'S',
  });
  expect(new Set(subscribes.map(({ id }) => id)).size).toBe(5);
});

test('a socket that nobody uses is kept for a moment, then closed', async () => {
  await start(polite({ data: { x: 1 } }));
  for (let n = 0; n < 3; n++) {
    const stream = subscribe();
    await stream.next();
    await stream.return?.();
  }
  expect(accepted).toHaveLength(1);
  const [code] = await once(accepted[0] as WebSocket, 'close');
  expect(code).toBe(1000);
  await subscribe().next();
  expect(accepted).toHaveLength(2);
});

test.each([1000, 1001, 1011, 4403])(
  'a close with %i ends the stream, and nobody subscribes again',
  async (code) => {
    await start(polite({ data: { x: 1 } }));
    const streams = [subscribe(), subscribe()];
    for (const stream of streams) await stream.next();
    const faults = streams.map((stream) => faultOf(stream.next()));
    accepted[0]?.close(code, 'told so');
    for (const fault of await Promise.all(faults)) {
      expect(fault).toBeInstanceOf(SubgraphUnavailableError);
      expect(String(fault)).toContain(`${code} told so`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(accepted).toHaveLength(1);
  },
);

test('a subscription that begins while its socket is being closed gets another', async () => {
  await start(polite({ data: { x: 1 } }));
  const stream = subscribe();
  await stream.next();
  accepted[0]?.pause();
  await stream.return?.();
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await subscribe().next()).toMatchObject({ value: { data: { x: 1 } } });
  expect(accepted).toHaveLength(2);
  accepted[0]?.resume();
});

test('errors of the operation are its last message', async () => {
  await start(({ type, id }, socket) => {
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    if (type === 'subscribe')
      socket.send(JSON.stringify({ type: 'error', id, payload: [{ message: 'no' }] }));
  });
  const stream = subscribe();
  expect((await stream.next()).value.errors?.[0]?.message).toBe('no');
  expect(await stream.next()).toMatchObject({ done: true });
});

test.each<[string, Reply]>([
  ['does not acknowledge', () => undefined],
  ['does no more than answer pings', ({ type }, socket) => type === 'ping' && socket.send('{"type":"pong"}')],
  ['says something before', (_, socket) => socket.send('{"type":"next","id":"1","payload":{}}')],
  ['closes with 4401', (_, socket) => socket.close(4401, 'Unauthorized')],
  ['sends what is no JSON', (_, socket) => socket.send('hello')],
])('a subgraph that %s is an error in time', async (_, reply) => {
  await start(reply);
  const startedMs = performance.now();
  expect(await faultOf(subscribe().next())).toBeInstanceOf(SubgraphUnavailableError);
  expect(performance.now() - startedMs).toBeLessThan(1_500);
});

test.each(['junk', '[]', '{"type":"next"}', '{"type":"nonsense"}'])(
  'a frame that is none (%s) ends all streams of its socket',
  async (frame) => {
    await start(polite({ data: { x: 1 } }));
    const streams = [subscribe(), subscribe()];
    for (const stream of streams) await stream.next();
    accepted[0]?.send(frame);
    for (const stream of streams)
      expect(await faultOf(stream.next())).toBeInstanceOf(SubgraphUnavailableError);
  },
);

test('a message that is no answer ends its stream alone', async () => {
  await start(polite({ data: { x: 1 } }));
  const [bad, good] = [subscribe(), subscribe()];
  for (const stream of [bad, good]) await stream.next();
  const [first, second] = frames.filter(({ type }) => type === 'subscribe');
  accepted[0]?.send(JSON.stringify({ type: 'next', id: first?.id, payload: { ok: true } }));
  accepted[0]?.send(JSON.stringify({ type: 'next', id: second?.id, payload: { data: { x: 2 } } }));
  expect(await faultOf(bad.next())).toMatchObject({ reason: 'MALFORMED' });
  expect(await good.next()).toMatchObject({ value: { data: { x: 2 } } });
  await until(() => frames.some(({ type, id }) => type === 'complete' && id === first?.id));
});

test('without a ping so far, opening has its limit all the same', async () => {
  await start(() => undefined, { pingMs: 60_000 });
  expect(await faultOf(subscribe().next())).toMatchObject({ reason: 'TIMEOUT' });
});

test('a subgraph that answers pings is kept, one that stops is not', async () => {
  let answersPings = true;
  await start((message, socket) => {
    if (message.type !== 'ping' || answersPings) polite({ data: { x: 1 } })(message, socket);
  });
  const stream = subscribe();
  await stream.next();
  const next = faultOf(stream.next());
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(frames.filter(({ type }) => type === 'ping').length).toBeGreaterThan(3);
  const startedMs = performance.now();
  answersPings = false;
  expect(await next).toMatchObject({ reason: 'TIMEOUT' });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
