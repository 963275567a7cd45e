import type { ExecutionResult } from 'graphql';
import { createHttpTransport, type HttpTransport } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import type { SubscriberOptions } from '../../../router/transport/subscribe/subscriber.ts';
import { createRandom } from '../../crash/random.ts';
import { type FaultProxy, NO_FAULT, startFaultProxy } from '../../harness/faultProxy.ts';
import { faultOf, type RequestParts, requestOf } from './requests.ts';
import { until } from './server.ts';
import { type StreamServer, startStreamServer } from './streams.ts';

type Stream = AsyncIterator<ExecutionResult, undefined>;

const PROTOCOLS = ['graphql-transport-ws', 'sse'] as const;

describe.each(PROTOCOLS)('%s', (protocol) => {
  let server: StreamServer;
  let proxy: FaultProxy;
  let transport: HttpTransport;
  let controller: AbortController;

  function connect(options: Partial<SubscriberOptions> = {}): void {
    const url = `http://127.0.0.1:${proxy.port}/graphql`;
    const fast = { openWaitMs: 1_000, pingMs: 200, pongWaitMs: 200, silenceMaxMs: 5_000 };
    transport = createHttpTransport({
      name: 'news',
      url,
      subscriptions: { protocol, ...fast, ...options },
    });
  }

  beforeEach(async () => {
    server = await startStreamServer(protocol);
    proxy = await startFaultProxy(server.port, createRandom(1));
    controller = new AbortController();
    connect();
  });

  afterEach(async () => {
    await transport.close();
    await until(() => server.connections() === 0, 2_000);
    await Promise.all([proxy.close(), server.close()]);
  });

  function start(parts: RequestParts = {}, signal = controller.signal): Stream {
    const query = 'subscription ($name: String!) { ticks(name: $name) }';
    const request = requestOf({ kind: 'subscription', query, variables: { name: 'a' }, ...parts });
    const stream = transport.subscribe?.(request, signal)[Symbol.asyncIterator]();
    if (stream === undefined) throw new Error('the transport has no subscriptions');
    return stream as Stream;
  }

  /** Begun, and seen by the subgraph. */
  async function started(name = 'a', parts: RequestParts = {}): Promise<Stream> {
    const before = server.open().length;
    const stream = start({ variables: { name }, ...parts });
    await until(() => server.open().length === before + 1);
    return stream;
  }

  async function rest(stream: Stream): Promise<readonly unknown[]> {
    const messages: unknown[] = [];
    for (let next = await stream.next(); !next.done; next = await stream.next())
      messages.push(next.value.data?.ticks ?? next.value.errors?.[0]?.message);
    return messages;
  }

  test('messages come in order, with the errors of resolvers among them, until the subgraph is done', async () => {
    const stream = await started();
    for (const value of ['1', 'zwei\n\r ☃', new Error('broken'), '4']) server.publish('a', value);
    server.complete('a');
    expect(await rest(stream)).toEqual(['1', 'zwei\n\r ☃', 'broken', '4']);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('what the subgraph refuses is told as it told it', async () => {
    const message = await start({ query: 'subscription { refused }', variables: {} }).next();
    expect(message.value?.errors?.[0]).toMatchObject({
      message: 'not today',
      extensions: { code: 'FORBIDDEN' },
    });
  });

  test('forwarded headers reach the subgraph', async () => {
    await started('a', { headers: { authorization: 'Bearer t', 'sec-websocket-protocol': 'x' } });
    expect(server.headers.at(-1)).toMatchObject({ authorization: 'Bearer t' });
    if (protocol === 'sse') return;
    expect(server.connectionParams).toEqual([{ authorization: 'Bearer t' }]);
  });

  test('an abort ends the stream here and there within a second, also while it is quiet', async () => {
    const stream = await started();
    server.publish('a', '1');
    await stream.next();
    const next = stream.next();
    const startedMs = performance.now();
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await until(() => server.open().length === 0);
    await until(() => server.connections() === 0);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test('a reader who stops ends it too, and the signal keeps no listener', async () => {
    const { signal } = controller;
    const removed = jest.spyOn(signal, 'removeEventListener');
    const stream = await started();
    server.publish('a', '1');
    await stream.next();
    await stream.return?.();
    await until(() => server.open().length === 0);
    expect(removed).toHaveBeenCalledTimes(1);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('one that was given up before it began does not begin', async () => {
    controller.abort();
    expect(await start().next()).toEqual({ done: true, value: undefined });
    expect(server.headers).toHaveLength(0);
  });

  test('one that is given up while it is opened leaves nothing', async () => {
    proxy.inflict(() => ({ ...NO_FAULT, latencyMs: 50 }));
    const next = start().next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await next).toMatchObject({ done: true });
    await until(() => server.connections() === 0, 2_000);
    expect(server.open()).toEqual([]);
  });

  test('one ends and the others go on', async () => {
    const mine = new AbortController();
    const others = await started('b');
    const before = server.open().length;
    const stream = start({}, mine.signal);
    await until(() => server.open().length === before + 1);
    const next = stream.next();
    mine.abort();
    expect(await next).toMatchObject({ done: true });
    await until(() => server.open().join() === 'b');
    server.publish('b', 'still');
    expect(await others.next()).toMatchObject({ value: { data: { ticks: 'still' } } });
  });

  test('a connection that breaks ends its streams with an error, and nobody subscribes again', async () => {
    const stream = await started();
    const next = faultOf(stream.next());
    server.drop();
    expect(await next).toBeInstanceOf(SubgraphUnavailableError);
    expect(await stream.next()).toMatchObject({ done: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.open()).toEqual([]);
    expect(server.headers).toHaveLength(1);
    await started();
  });

  test('a subgraph that cannot be reached is an error', async () => {
    await proxy.close();
    expect(await faultOf(start().next())).toMatchObject({ reason: 'CONNECTION' });
    proxy = await startFaultProxy(server.port, createRandom(1));
  });

  test('a subgraph that takes the connection and says nothing is given up in time', async () => {
    proxy.inflict(() => ({ ...NO_FAULT, kind: 'BLACKHOLE' }));
    const startedMs = performance.now();
    expect(await faultOf(start().next())).toBeInstanceOf(SubgraphUnavailableError);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test('a connection that is dead at the other end is noticed in time', async () => {
    await transport.close();
    connect({ silenceMaxMs: 400 });
    const stream = await started();
    server.publish('a', '1');
    await stream.next();
    const startedMs = performance.now();
    proxy.inflict(() => ({ ...NO_FAULT, kind: 'BLACKHOLE' }));
    expect(await faultOf(stream.next())).toMatchObject({ reason: 'TIMEOUT' });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    await until(() => proxy.connections() === 0, 300);
  });

  test('a reader who is too slow gets what fits and then an error, and the subgraph is left', async () => {
    await transport.close();
    connect({ bufferedMessagesMax: 3 });
    const stream = await started();
    for (let n = 1; n <= 10; n++) server.publish('a', String(n));
    await until(() => server.open().length === 0);
    const seen: unknown[] = [];
    for (let n = 0; n < 3; n++) seen.push((await stream.next()).value?.data?.ticks);
    expect(seen).toEqual(['1', '2', '3']);
    expect(await faultOf(stream.next())).toMatchObject({ reason: 'OVERLOADED' });
    expect(await stream.next()).toMatchObject({ done: true });
  });

  test('the buffer has a limit in bytes, and so has a message', async () => {
    await transport.close();
    connect({ bufferedBytesMax: 2_500, messageBytesMax: 2_000 });
    const stream = await started();
    for (let n = 1; n <= 3; n++) server.publish('a', 'x'.repeat(1_000));
    await until(() => server.open().length === 0);
    await stream.next();
    await stream.next();
    expect(await faultOf(stream.next())).toMatchObject({ reason: 'OVERLOADED' });
    const other = await started('b');
    server.publish('b', 'x'.repeat(3_000));
    expect(await faultOf(other.next())).toBeInstanceOf(SubgraphUnavailableError);
    await until(() => server.open().length === 0);
  });

  test('there are only so many at a time', async () => {
    await transport.close();
    connect({ subscriptionsMax: 2 });
    const first = await started('a');
    await started('b');
    expect(await faultOf(start().next())).toMatchObject({ reason: 'OVERLOADED', wasSent: false });
    await first.return?.();
    await until(() => server.open().join() === 'b');
    await started('c');
  });

  test('closing the transport ends what is open', async () => {
    const next = (await started()).next().catch((error: unknown) => error);
    await transport.close();
    expect(await next).toBeInstanceOf(SubgraphUnavailableError);
  });
});
