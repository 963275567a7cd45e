import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { ask, KEY, openRaw, type Served, serve } from './served.ts';

const BODY_BYTES_MAX = 512 * 1024;
const TYPENAME = { query: '{ __typename }' };
const MIB = 1024 * 1024;

let served: Served;

beforeAll(async () => {
  served = await serve({
    // One test asks for an answer of some megabytes.
    protection: {
      limits: { rootFieldsMax: 1_000, aliasesMax: 1_000, selectionsMax: 10_000 },
      demand: { mode: 'measure' },
    },
    config: {
      http: {
        bodyBytesMax: BODY_BYTES_MAX,
        headersTimeoutMs: 600,
        requestTimeoutMs: 1_000,
        timeoutsCheckedMs: 100,
        answerTakenMs: 1_000,
      },
    },
  });
});

afterAll(() => served.close());

/** The server goes on answering, and soon. */
async function expectAlive(): Promise<void> {
  const startedMs = performance.now();
  const { json } = await ask(served, { body: TYPENAME });
  expect(json).toMatchObject({ data: { __typename: 'Query' } });
  expect(performance.now() - startedMs).toBeLessThan(5_000);
}

const head = (length: number, ...more: readonly string[]): string =>
  [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `authorization: Bearer ${KEY}`,
    `content-length: ${length}`,
    ...more,
    '',
    '',
  ].join('\r\n');

describe('attack 13: variables that are too much', () => {
  const withVariables = (value: string): string =>
    `{"query":"query ($id: ID!) { account(id: $id) { id } }","variables":{"id":${value}}}`;

  test('a string of 10 MB is refused with 413 before it is parsed, and the connection ends', async () => {
    const { status, headers, json } = await ask(served, { body: withVariables(`"${'x'.repeat(10 * MIB)}"`) });
    expect([status, headers.connection]).toEqual([413, 'close']);
    expect(json.errors?.[0]).toMatchObject({
      message: `The body is too large: expected at most ${BODY_BYTES_MAX} bytes.`,
      extensions: { code: 'BAD_REQUEST', requestId: headers['x-request-id'] },
    });
    await expectAlive();
  });

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])(
    'JSON that is 1,000 %s deep is refused with 400, in variables and in extensions',
    async (_, open, close) => {
      const deep = `${open.repeat(1_000)}1${close.repeat(1_000)}`;
      const inExtensions = `{"query":"{ __typename }","extensions":{"a":${deep}}}`;
      for (const body of [withVariables(deep), inExtensions]) {
        const { status, json } = await ask(served, { body });
        expect([status, json.errors?.[0]?.message]).toEqual([
          400,
          expect.stringContaining('is too deep: expected at most 64 levels.'),
        ]);
      }
      const search = `?query=%7B__typename%7D&variables=${encodeURIComponent(`{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`)}`;
      expect((await ask(served, { search })).status).toBe(400);
      await expectAlive();
    },
  );

  test('a body that is nothing but brackets is refused, closed or not', async () => {
    const half = BODY_BYTES_MAX / 2 - 1;
    for (const body of ['['.repeat(half), '['.repeat(half) + ']'.repeat(half)]) {
      expect((await ask(served, { body })).status).toBe(400);
    }
    await expectAlive();
  });

  test('what is just not too deep is taken', async () => {
    const deep = `${'['.repeat(63)}${']'.repeat(63)}`;
    const { status, json } = await ask(served, {
      body: `{"query":"{ __typename }","variables":{"a":${deep}}}`,
    });
    expect([status, json.data]).toEqual([200, { __typename: 'Query' }]);
  });

  test('a list of 100,000 wrong elements is answered with a few errors, soon', async () => {
    const body = {
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array.from({ length: 100_000 }, () => ({})) },
    };
    const startedMs = performance.now();
    const { status, json } = await ask(served, { body });
    expect(status).toBe(400);
    expect(json.errors?.length).toBeLessThanOrEqual(11);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe('attack 16: compressed bodies', () => {
  const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync };
  const encoded = (encoding: keyof typeof encoders, text: string) =>
    ask(served, { body: encoders[encoding](text), headers: { 'content-encoding': encoding } });

  test.each(['gzip', 'br', 'deflate'] as const)('%s is read', async (encoding) => {
    expect((await encoded(encoding, JSON.stringify(TYPENAME))).json).toMatchObject({
      data: { __typename: 'Query' },
    });
  });

  test.each(['gzip', 'br', 'deflate'] as const)(
    'a bomb in %s is refused with 413, at little cost',
    async (encoding) => {
      const bomb = `{"query":"{ __typename }","variables":{"a":"${'x'.repeat(20 * MIB)}"}}`;
      const bytes = encoders[encoding](bomb);
      expect(bytes.length).toBeLessThan(BODY_BYTES_MAX);
      const before = process.memoryUsage().arrayBuffers;
      const startedMs = performance.now();
      const { status } = await ask(served, { body: bytes, headers: { 'content-encoding': encoding } });
      expect(status).toBe(413);
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
      await expectAlive();
    },
  );

  test('what is not what it says is 400, what is not known 415 with what is', async () => {
    const broken = await ask(served, { body: 'not gzip', headers: { 'content-encoding': 'gzip' } });
    expect([broken.status, broken.json.errors?.[0]?.message]).toEqual([
      400,
      'The body is not what its encoding says.',
    ]);
    for (const encoding of ['compress', 'gzip, gzip', 'gzip,br']) {
      const { status, headers } = await ask(served, {
        body: TYPENAME,
        headers: { 'content-encoding': encoding },
      });
      expect([status, headers['accept-encoding']]).toEqual([
        415,
        expect.stringContaining('gzip, deflate, br'),
      ]);
    }
  });
});

describe('attack 18: texts that regular expressions choke on', () => {
  const hostile = ['a-', 'eyJ-', '0', ' ', '://a:', '"', '1.', 'Bearer ', '\uFFFD', '_/'];

  test.each(hostile)('in variables and documents they are answered like others, soon: %j', async (part) => {
    const long = `${part.repeat(300_000 / Buffer.byteLength(JSON.stringify(part)))}\u0001`;
    const query =
      'query ($id: ID!, $first: Int) { account(id: $id) { id } transactions(first: $first) { edges { cursor } } }';
    const startedMs = performance.now();
    const answers = await Promise.all([
      ask(served, { body: { query, variables: { id: long } } }),
      ask(served, { body: { query, variables: { id: 'x', first: long } } }),
      ask(served, { body: { query: long } }),
      ask(served, { body: { query, operationName: long } }),
      ask(served, { body: { documentId: long } }),
    ]);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 400, expect.any(Number)]);
    await expectAlive();
  });

  test.each(['authorization', 'accept', 'accept-encoding', 'content-type', 'x-request-id', 'traceparent'])(
    'in the header %s too',
    async (name) => {
      const startedMs = performance.now();
      for (const part of ['a-', '0', ' \t', ';q=', 'charset=', ',', '"']) {
        const value = `${part.repeat(14_000 / part.length)}!`;
        for (const start of ['', 'Bearer ', 'application/json;']) {
          const { status } = await ask(served, { body: TYPENAME, headers: { [name]: start + value } });
          expect([200, 401, 406, 415, 431]).toContain(status);
        }
      }
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      await expectAlive();
    },
  );
});

describe('attack 17: clients that take their time', () => {
  test('a body that comes byte by byte is given up with 408, in JSON', async () => {
    const raw = await openRaw(served.port);
    raw.socket.write(head(1_000));
    const drip = setInterval(() => raw.socket.write('{'), 50);
    const answer = await raw.closed;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      errors: [{ message: 'The request took too long to arrive.', extensions: { code: 'BAD_REQUEST' } }],
    });
    await expectAlive();
  });

  test('headers that come byte by byte are given up with 408', async () => {
    const raw = await openRaw(served.port);
    raw.socket.write('POST /graphql HTTP/1.1\r\nx: ');
    const drip = setInterval(() => raw.socket.write('x'), 50);
    expect(await raw.closed).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(drip);
  });

  test('two hundred connections that say nothing are closed, and others are answered meanwhile', async () => {
    const raws = await Promise.all(Array.from({ length: 200 }, () => openRaw(served.port)));
    for (const { socket } of raws) socket.write('POST /graphql HTTP/1.1\r\n');
    await expectAlive();
    await Promise.all(raws.map(({ closed }) => closed));
  });

  test('an answer that nobody reads is dropped with its connection', async () => {
    const fields = '{ types { name description fields { name description args { name description } } } }';
    const query = `{ ${Array.from({ length: 200 }, (_, index) => `a${index}: __schema ${fields}`).join(' ')} }`;
    const body = JSON.stringify({ query });
    const raw = await openRaw(served.port);
    raw.socket.pause();
    const sockets = () =>
      new Promise<number>((resolve) => served.server.getConnections((_, count) => resolve(count)));
    const before = await sockets();
    raw.socket.write(head(Buffer.byteLength(body)) + body);
    const startedMs = performance.now();
    while ((await sockets()) >= before) {
      expect(performance.now() - startedMs).toBeLessThan(25_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    raw.socket.resume();
    expect((await raw.closed).length).toBeGreaterThan(0);
    await expectAlive();
  });
});

describe('requests that are too large otherwise', () => {
  test('headers beyond the limit are 431, in JSON', async () => {
    const raw = await openRaw(served.port);
    raw.socket.write(`POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-padding: ${'x'.repeat(20_000)}\r\n\r\n`);
    const answer = await raw.closed;
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('"code":"BAD_REQUEST"');
  });

  test('a URL beyond the limit is 414', async () => {
    const search = `?query=${encodeURIComponent(`{ __typename } #${'x'.repeat(9_000)}`)}`;
    expect((await ask(served, { search })).status).toBe(414);
  });

  test('a chunked body is limited as it comes, without a length to go by', async () => {
    const raw = await openRaw(served.port);
    const chunk = 'x'.repeat(100_000);
    raw.socket.write(head(0).replace('content-length: 0', 'transfer-encoding: chunked'));
    for (let sent = 0; sent < 10; sent++) raw.socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    raw.socket.write('0\r\n\r\n');
    expect(await raw.closed).toMatch(/^HTTP\/1.1 413 /);
  });

  test('what is no HTTP is 400, in JSON', async () => {
    const raw = await openRaw(served.port);
    raw.socket.write('HELO mail\r\n\r\n');
    const answer = await raw.closed;
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('The request is no HTTP/1.1.');
  });
});
