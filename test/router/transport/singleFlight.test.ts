import type { Answer } from '../../../router/transport/exchange.ts';
import { createHttpTransport, type HttpTransport } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { createSingleFlight, type SingleFlight } from '../../../router/transport/singleFlight.ts';
import { createGate, faultOf, type RequestParts, requestOf, stranger } from './requests.ts';
import { sendJson, startServer, type TestServer, until } from './server.ts';

describe('one flight', () => {
  const patient = {};
  let flights: SingleFlight<string>;
  beforeEach(() => {
    flights = createSingleFlight<string>('work');
  });

  test('work of one key is done once while it is under way, and anew after it', async () => {
    const start = jest.fn(async () => 'done');
    const both = await Promise.all([
      flights.run('a', start, patient),
      flights.run('a', start, patient),
      flights.run('b', start, patient),
    ]);
    expect(both.map(({ isFirst }) => isFirst)).toEqual([true, false, true]);
    expect(start).toHaveBeenCalledTimes(2);
    expect(flights.size).toBe(0);
    await flights.run('a', start, patient);
    expect(start).toHaveBeenCalledTimes(3);
  });

  test('a failure is told to all and kept for nobody', async () => {
    const start = jest.fn(() => Promise.reject(new Error('broken')));
    const faults = [flights.run('a', start, patient), flights.run('a', start, patient)].map(faultOf);
    expect((await Promise.all(faults)).map(String)).toEqual(['Error: broken', 'Error: broken']);
    await faultOf(flights.run('a', start, patient));
    expect(start).toHaveBeenCalledTimes(2);
  });

  test('nobody joins what was sealed, and those who wait for it still get it', async () => {
    const work = createGate<string>();
    const before = flights.run('a', () => work.promise, patient);
    flights.seal();
    expect((await flights.run('a', async () => 'newer', patient)).value).toBe('newer');
    work.open('older');
    expect((await before).value).toBe('older');
  });

  test('who gives up leaves the others alone; when the last has, the work is aborted with the reason', async () => {
    let aborted: unknown;
    const start = (signal: AbortSignal): Promise<string> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
          reject(signal.reason);
        });
      });
    const controller = new AbortController();
    const first = faultOf(flights.run('a', start, { signal: controller.signal }));
    const second = faultOf(flights.run('a', start, { dueAtMs: performance.now() + 100 }));
    controller.abort();
    expect(await first).toMatchObject({ reason: 'ABORTED' });
    expect(aborted).toBeUndefined();
    expect(flights.size).toBe(1);
    expect(await second).toMatchObject({ reason: 'TIMEOUT' });
    expect(aborted).toMatchObject({ reason: 'TIMEOUT' });
    expect(flights.size).toBe(0);
  });
});

describe('a transport that shares', () => {
  let server: TestServer;
  let transport: HttpTransport;
  let release: () => void;
  const sharing = createSingleFlight<Answer>('subgraph');

  beforeEach(async () => {
    const gate = createGate<void>();
    release = () => gate.open();
    server = await startServer(async ({ json }, response, index) => {
      if (!json.query.startsWith('mutation')) await gate.promise;
      sendJson(response, { data: { x: { index, asked: json.variables } } });
    });
    transport = createHttpTransport({ name: 'accounts', url: server.url, sharing });
  });

  afterEach(async () => {
    release();
    await Promise.all([transport.close(), server.close()]);
  });

  async function together(...parts: readonly RequestParts[]): Promise<readonly unknown[]> {
    const answers = parts.map((part) => transport.execute(requestOf(part)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    return await Promise.all(answers);
  }

  test('equal queries are one request, whose answer each has for itself', async () => {
    const answers = await together({}, {}, { headers: { traceparent: 'another' } });
    expect(server.arrivals).toHaveLength(1);
    expect(answers[1]).toEqual(answers[0]);
    expect(new Set(answers.map((answer) => (answer as { data: object }).data)).size).toBe(3);
  });

  test.each<[string, RequestParts]>([
    ['text', { query: '{ x y }' }],
    ['variables', { variables: { a: 1 } }],
    ['name', { operationName: 'Q' }],
    ['identity', { identity: stranger }],
    ['headers', { headers: { authorization: 'Bearer b' } }],
  ])('another %s is another request', async (_, parts) => {
    await together({}, parts);
    expect(server.arrivals).toHaveLength(2);
  });

  test('identities and headers are not mixed up, whatever they are called', async () => {
    const identity = (shareKey: string) => ({ ...stranger, shareKey });
    await together(
      { identity: identity('a 2 []'), headers: {} },
      { identity: identity('a'), headers: {} },
      { identity: identity('a 0 '), headers: {} },
    );
    expect(server.arrivals).toHaveLength(3);
  });

  test.each<[string, RequestParts]>([
    ['mutations', { kind: 'mutation' }],
    ['messages of subscriptions', { kind: 'subscription' }],
    ['what has an event', { event: { x: { cursor: 'c', event: null } } }],
  ])('%s are never shared', async (_, parts) => {
    await together(parts, parts);
    expect(server.arrivals).toHaveLength(2);
  });

  test('who goes away or has no time leaves the others alone', async () => {
    const controller = new AbortController();
    const first = faultOf(transport.execute(requestOf({ dueInMs: 50 })));
    const second = faultOf(transport.execute(requestOf({ signal: controller.signal })));
    const third = transport.execute(requestOf());
    await until(() => server.arrivals.length === 1);
    controller.abort();
    expect(await first).toMatchObject({ reason: 'TIMEOUT' });
    expect(await second).toMatchObject({ reason: 'ABORTED' });
    release();
    expect(await third).toMatchObject({ data: { x: { index: 0 } } });
    expect(server.arrivals).toHaveLength(1);
  });

  test('when all have gone, so does the request', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const faults = [1, 2].map(() => faultOf(transport.execute(requestOf({ signal }))));
    await until(() => server.arrivals.length === 1);
    controller.abort();
    for (const fault of await Promise.all(faults)) expect(fault).toMatchObject({ reason: 'ABORTED' });
    await until(() => server.arrivals[0]?.socket.destroyed === true);
  });

  test('what all of them waited for in vain is held against the subgraph', async () => {
    const strict = createHttpTransport({
      name: 'accounts',
      url: server.url,
      sharing,
      breaker: { requestsMin: 1 },
    });
    const fault = await faultOf(strict.execute(requestOf({ dueInMs: 200 })));
    expect(fault).toBeInstanceOf(SubgraphUnavailableError);
    await until(() => strict.breakerState === 'OPEN');
    await strict.close();
  });

  test('a query after a mutation does not get the answer of one before it', async () => {
    const before = transport.execute(requestOf());
    await until(() => server.arrivals.length === 1);
    const joined = transport.execute(requestOf());
    await transport.execute(requestOf({ kind: 'mutation' }));
    const after = transport.execute(requestOf());
    await until(() => server.arrivals.length === 3);
    release();
    expect(await Promise.all([before, joined, after])).toMatchObject([
      { data: { x: { index: 0 } } },
      { data: { x: { index: 0 } } },
      { data: { x: { index: 2 } } },
    ]);
  });
});
