import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { getIntrospectionQuery } from 'graphql';
import type { Pipeline } from '../../../router/pipeline.ts';
import {
  ask,
  KEY,
  OTHER_KEY,
  openRaw,
  type Served,
  type ServedOptions,
  SISTER_KEY,
  serve,
} from './served.ts';

const LARGE = { query: getIntrospectionQuery() };
const SMALL = { query: '{ __typename }' };

const POST_HEAD = (length: number): string =>
  `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

const opened: Served[] = [];

/** Closed after the test, however it ends. */
async function open(options?: ServedOptions): Promise<Served> {
  const served = await serve(options);
  opened.push(served);
  return served;
}

afterEach(async () => {
  for (const served of opened.splice(0)) await served.close();
});

describe('compression', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  test.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *;q=0.1', 'gzip'],
    ['GZIP;Q=1', 'gzip'],
  ])('a large answer for %s is in %s', async (accepted, coding) => {
    const plain = await ask(served, { body: LARGE });
    const packed = await ask(served, { body: LARGE, headers: { 'accept-encoding': accepted } });
    expect([packed.headers['content-encoding'], packed.headers.vary]).toEqual([coding, 'accept-encoding']);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 5);
    const text = (coding === 'br' ? brotliDecompressSync : gunzipSync)(packed.bytes).toString('utf8');
    expect(text).toBe(plain.text);
    expect(Number(packed.headers['content-length'])).toBe(packed.bytes.length);
  });

  test.each(['identity', 'deflate', 'gzip;q=0', '', 'zstd', `${'x'.repeat(300)}, gzip`])(
    'for "%s" it is as it is',
    async (accepted) => {
      const { headers, json } = await ask(served, { body: LARGE, headers: { 'accept-encoding': accepted } });
      expect(headers).not.toHaveProperty('content-encoding');
      expect(json.data).toBeDefined();
    },
  );

  test('a small answer is never compressed, and nothing is where that is off', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    expect((await ask(served, { body: SMALL, headers })).headers).not.toHaveProperty('content-encoding');
    const off = await open({ config: { compression: false } });
    expect((await ask(off, { body: LARGE, headers })).headers).not.toHaveProperty('content-encoding');
  });

  test('many at once are all answered, compressed or not', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask(served, { body: LARGE, headers: { 'accept-encoding': 'gzip' } })),
    );
    const codings = answers.map(({ headers }) => headers['content-encoding']);
    expect(codings).toContain('gzip');
    for (const { bytes, headers } of answers) {
      const text = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      expect(JSON.parse(text.toString('utf8')).data.__schema.queryType.name).toBe('Query');
    }
  });
});

describe('requests in flight', () => {
  test('those beyond the limit are told 503 at once, and the limit holds for what is under way only', async () => {
    const served = await open({ config: { http: { requestsInFlightMax: 2 } } });
    const body = { query: '{ organization { name } }' };
    served.gate.open = false;
    const waiting = [ask(served, { body }), ask(served, { body })];
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedMs = performance.now();
    const refused = await ask(served, { body });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(refused.json.errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect((await ask(served, { path: '/health' })).status).toBe(200);
    served.gate.open = true;
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect((await ask(served, { body })).status).toBe(200);
  });

  test('a client that leaves gives its place back, and is no fault in the log', async () => {
    const served = await open({ config: { http: { requestsInFlightMax: 1 } } });
    const body = JSON.stringify({ query: '{ organization { name } }' });
    served.gate.open = false;
    const raw = await openRaw(served.port);
    raw.socket.write(
      `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await ask(served, { body })).status).toBe(503);
    raw.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    served.gate.open = true;
    expect((await ask(served, { body })).status).toBe(200);
    const half = await openRaw(served.port);
    half.socket.write(
      'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    half.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask(served, { body })).status).toBe(200);
  });

  test('bodies that are on their way keep nobody out', async () => {
    const served = await open({ config: { http: { requestsInFlightMax: 1 } } });
    const raws = await Promise.all(Array.from({ length: 5 }, () => openRaw(served.port)));
    for (const { socket } of raws) socket.write(`${POST_HEAD(99)}{`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask(served, { body: SMALL })).status).toBe(200);
  });

  test('bodies that are on their way have only so much room together', async () => {
    const served = await open({ config: { http: { bodiesBytesMax: 100_000 } } });
    const [first, second] = [await openRaw(served.port), await openRaw(served.port)];
    first.socket.write(`${POST_HEAD(80_000)}${' '.repeat(60_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    second.socket.write(`${POST_HEAD(80_000)}${' '.repeat(80_000)}`);
    const refused = await second.closed;
    expect(refused).toMatch(/^HTTP\/1.1 503 /);
    expect(refused).toContain('"code":"OVERLOADED"');
    first.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const body = `${' '.repeat(90_000)}${JSON.stringify(SMALL)}`;
    expect((await ask(served, { body })).status).toBe(200);
    expect((await ask(served, { body })).status).toBe(200);
  });

  test('the caller is told when its client leaves, and not before', async () => {
    const signals: AbortSignal[] = [];
    const served = await open({
      change: (pipeline) => ({
        ...pipeline,
        admit(request, caller, kinds) {
          if (caller.signal !== undefined) signals.push(caller.signal);
          return pipeline.admit(request, caller, kinds);
        },
      }),
    });
    const raw = await openRaw(served.port);
    const get = `GET /graphql?query=${encodeURIComponent('{ organization { name } }')} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\n\r\n`;
    raw.socket.write(get);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(raw.received()).toMatch(/^HTTP\/1.1 200 /);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    served.gate.open = false;
    raw.socket.write(get);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    raw.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(signals[1]?.aborted).toBe(true);
  });
});

/** As where nobody counts what operations cost. */
function withoutCost(pipeline: Pipeline): Pipeline {
  return {
    ...pipeline,
    admit: async (request, caller, kinds) => ({
      ...(await pipeline.admit(request, caller, kinds)),
      cost: null,
    }),
  };
}

describe('identical queries under way together', () => {
  const QUERY = { query: '{ organization { name id } }' };
  const together = async (served: Served, ...asked: Parameters<typeof ask>[1][]) => {
    const before = served.world.requests.accounts.length + served.world.requests.payments.length;
    served.gate.open = false;
    const waiting = asked.map((one) => ask(served, one));
    await new Promise((resolve) => setTimeout(resolve, 100));
    served.gate.open = true;
    const answers = await Promise.all(waiting);
    const after = served.world.requests.accounts.length + served.world.requests.payments.length;
    return { answers, fetches: after - before };
  };

  test('of one identity are run once, each with its own request id', async () => {
    const served = await open({ config: { coalesce: true } });
    const { answers, fetches } = await together(
      served,
      ...Array.from({ length: 8 }, () => ({ body: QUERY })),
    );
    expect(fetches).toBe(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(8);
    expect((await together(served, { body: QUERY })).fetches).toBe(1);
  });

  test('of one class of identities are run once, but where they are counted against different budgets', async () => {
    const asSister = { body: QUERY, headers: { authorization: `Bearer ${SISTER_KEY}` } };
    const free = await open({ config: { coalesce: true }, change: withoutCost });
    expect((await together(free, { body: QUERY }, asSister)).fetches).toBe(1);
    const counted = await open({ config: { coalesce: true } });
    expect((await together(counted, { body: QUERY }, asSister)).fetches).toBe(2);
  });

  test('of different identities, variables, names or forwarded headers are run each', async () => {
    const config = { coalesce: true, forwardedHeaders: ['x-region'] };
    const served = await open({ config, change: withoutCost });
    const named =
      'query A($id: ID!) { account(id: $id) { id } } query B($id: ID!) { account(id: $id) { id } }';
    const body = (operationName: string, id: string) => ({ query: named, operationName, variables: { id } });
    const { answers, fetches } = await together(
      served,
      { body: QUERY },
      { body: QUERY, headers: { authorization: `Bearer ${OTHER_KEY}` } },
      { body: QUERY, headers: { 'x-region': 'north' } },
      { body: body('A', 'acc_1') },
      { body: body('A', 'acc_2') },
      { body: body('B', 'acc_1') },
    );
    expect(fetches).toBe(6);
    expect(answers[0]?.text).not.toBe(answers[1]?.text);
    expect(answers[3]?.json).toMatchObject({ data: { account: { id: 'acc_1' } } });
    expect(answers[4]?.json).toMatchObject({ data: { account: { id: 'acc_2' } } });
  });

  test('mutations are run each, and nothing is shared where it is not asked for', async () => {
    const id = 'txn_01jx5c9v7ye8r9a1nq0bz3m4kd';
    const mutation = {
      query: `mutation { cancelTransaction(input: { id: "${id}", idempotencyKey: "k" }) { __typename } }`,
    };
    const on = await open({ config: { coalesce: true } });
    expect((await together(on, { body: mutation }, { body: mutation })).fetches).toBe(2);
    const off = await open();
    expect((await together(off, { body: QUERY }, { body: QUERY })).fetches).toBe(2);
  });

  test('one that leaves does not take the answer from the others', async () => {
    const served = await open({ config: { coalesce: true } });
    served.gate.open = false;
    const raw = await openRaw(served.port);
    const search = `?query=${encodeURIComponent(QUERY.query)}`;
    raw.socket.write(`GET /graphql${search} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const other = ask(served, { body: QUERY });
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    served.gate.open = true;
    expect((await other).json).toMatchObject({ data: { organization: { name: 'Sandbox' } } });
    expect(served.world.requests.accounts).toHaveLength(1);
  });
});
