import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { BINARY_FRAME, openRawSocket, TEXT_FRAME } from './rawSocket.ts';
import { connect, connectAs, KEY, type RunningRouter, startTestRouter } from './routerHarness.ts';

let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter();
});

afterAll(() => running.close());

const url = (): string => running.router.wsUrl;
const init = { type: 'connection_init', payload: { authorization: `Bearer ${KEY}` } };
const quiet = {
  id: 'q',
  type: 'subscribe',
  payload: { query: 'subscription { transactionUpdates { cursor } }' },
};

test('4408: a socket that does not introduce itself within 3 s', async () => {
  const client = await connect(url());
  expect(await client.closed).toMatchObject({ code: 4408 });
});

test('4408: also for one that passes the time with pings', async () => {
  const client = await connect(url());
  const timer = setInterval(() => client.send({ type: 'ping' }), 500);
  expect(await client.closed).toMatchObject({ code: 4408 });
  clearInterval(timer);
});

test('4429: a second connection_init', async () => {
  const client = await connectAs(url());
  client.send(init);
  expect(await client.closed).toMatchObject({ code: 4429 });
});

test('4401: subscribing before the acknowledgement', async () => {
  const client = await connect(url());
  client.send(quiet);
  expect(await client.closed).toMatchObject({ code: 4401 });
});

test.each([{}, { authorization: 'Bearer sk_unknown' }, { authorization: 'Basic abc' }])(
  '4401: introducing itself with %j',
  async (payload) => {
    const client = await connect(url());
    client.send({ type: 'connection_init', payload });
    expect(await client.closed).toMatchObject({ code: 4401 });
  },
);

test('the Authorization header of the upgrade is as good as the payload', async () => {
  const client = await connect(url(), { headers: { authorization: `Bearer ${KEY}` } });
  client.send({ type: 'connection_init' });
  await client.next('connection_ack');
  client.socket.close();
});

test('4409: an id that is taken', async () => {
  const client = await connectAs(url());
  client.send(quiet);
  await client.next('next');
  client.send(quiet);
  expect(await client.closed).toMatchObject({ code: 4409 });
});

test.each([
  'no json',
  '{}',
  '[]',
  'null',
  '{"type":"unheard"}',
  '{"type":"__proto__"}',
  '{"type":{"a":1}}',
  '{"type":"connection_ack"}',
  '{"id":"1","type":"next","payload":{}}',
  '{"type":"ping","payload":"text"}',
  '{"type":"pong","payload":[]}',
  '{"id":"1","type":"subscribe"}',
  '{"id":"1","type":"subscribe","payload":[]}',
  '{"type":"subscribe","payload":{"query":"{ __typename }"}}',
  '{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}',
  '{"id":1,"type":"complete"}',
  `{"id":"${'x'.repeat(200)}","type":"complete"}`,
])('4400: the message %s', async (message) => {
  const client = await connectAs(url());
  client.send(message);
  expect(await client.closed).toMatchObject({ code: 4400 });
});

test('4400: a binary frame, whatever is in it', async () => {
  const raw = await openRawSocket(url());
  raw.write(BINARY_FRAME, Buffer.from(JSON.stringify(init)));
  expect(await raw.closed).toMatchObject({ code: 4400 });
});

test('4401: subscribing while the introduction is looked at', async () => {
  const client = await connect(url());
  client.send(init);
  client.send(quiet);
  expect(await client.closed).toMatchObject({ code: 4401 });
});

test('4429: a second connection_init while the first is looked at', async () => {
  const client = await connect(url());
  client.send(init);
  client.send(init);
  expect(await client.closed).toMatchObject({ code: 4429 });
});

test('4429: more messages in a second than a socket may send', async () => {
  const client = await connectAs(url());
  for (let n = 0; n < 6_000; n++) client.send({ type: 'pong' });
  expect(await client.closed).toEqual({ code: 4429, reason: 'Too many messages' });
});

test('4406: another subprotocol', async () => {
  const socket = new WebSocket(url(), 'graphql-ws');
  // The server names none of those offered, which ws clients take for a failed handshake.
  const [error] = await once(socket, 'error');
  expect(String(error)).toContain('Server sent no subprotocol');
  const silent = new WebSocket(url());
  const [code] = await once(silent, 'close');
  expect(code).toBe(4406);
});

test('1009: a message larger than 1 MiB', async () => {
  const client = await connectAs(url());
  client.send({ ...quiet, payload: { query: `{ organization { name } } #${'x'.repeat(1024 * 1024)}` } });
  expect(await client.closed).toMatchObject({ code: 1009 });
});

test('1009: a frame of 100 MB, as soon as it says so', async () => {
  const raw = await openRawSocket(url());
  raw.write(TEXT_FRAME, Buffer.from('{"type":"ping","payload":{"a":"'), 100 * 1024 * 1024);
  expect(await raw.closed).toMatchObject({ code: 1009 });
});

test('1007: a text frame that is no UTF-8', async () => {
  const raw = await openRawSocket(url());
  raw.write(TEXT_FRAME, Buffer.from([0xff, 0xfe, 0xfd]));
  expect(await raw.closed).toMatchObject({ code: 1007 });
});

test('a long payload of a ping is not sent back', async () => {
  const client = await connect(url());
  client.send({ type: 'ping', payload: { long: 'x'.repeat(10_000) } });
  expect(await client.next('pong')).toEqual([{ type: 'pong' }]);
  client.socket.close();
});

test('a ping is answered with its payload, before the acknowledgement and while streams run', async () => {
  const early = await connect(url());
  early.send({ type: 'ping', payload: { early: true } });
  expect(await early.next('pong')).toEqual([{ type: 'pong', payload: { early: true } }]);
  early.socket.close();
  const client = await connectAs(url());
  client.send(quiet);
  client.send({ type: 'ping' });
  expect(await client.next('pong')).toEqual([{ type: 'pong' }]);
  client.send({ type: 'pong' });
  client.socket.close();
});

test('a query gets one next and a complete', async () => {
  const client = await connectAs(url());
  client.send({ id: '1', type: 'subscribe', payload: { query: '{ organization { name } }' } });
  await client.next('complete');
  expect(client.messages.slice(1)).toMatchObject([
    { id: '1', type: 'next', payload: { data: { organization: { name: 'Sandbox' } } } },
    { id: '1', type: 'complete' },
  ]);
  client.socket.close();
});

test.each([
  ['{', 'GRAPHQL_PARSE_FAILED'],
  ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ['subscription { transactionUpdated(id: "acc_1") { cursor } }', 'BAD_USER_INPUT'],
  ['subscription { transactionUpdates(after: "zzz") { cursor } }', 'BAD_USER_INPUT'],
])('the operation %s ends with an error and no complete', async (query, code) => {
  const client = await connectAs(url());
  client.send({ id: 'e', type: 'subscribe', payload: { query } });
  const [error] = await client.next('error');
  expect(error?.payload).toMatchObject([{ extensions: { code } }]);
  client.send({ type: 'ping' });
  await client.next('pong');
  expect(client.messages.filter((message) => message.type === 'complete')).toEqual([]);
  client.send({ id: 'e', type: 'subscribe', payload: { query: '{ organization { name } }' } });
  await client.next('next');
  client.socket.close();
});

test('completing a quiet stream ends it at once', async () => {
  const client = await connectAs(url());
  const before = running.feed.status().subscribers;
  const payload = { query: 'subscription { transactionUpdates { leaving: cursor } }' };
  client.send({ ...quiet, id: 'leaving', payload });
  await client.next('next');
  expect(running.feed.status().subscribers).toBe(before + 1);
  client.send({ id: 'leaving', type: 'complete' });
  client.send({ id: 'never there', type: 'complete' });
  client.send({ type: 'ping' });
  await client.next('pong');
  expect(running.feed.status().subscribers).toBe(before);
  expect(client.messages.filter((message) => message.type === 'complete')).toEqual([]);
  client.socket.close();
});

test('an operation may name its document by a hash, once it was sent with it', async () => {
  const client = await connectAs(url());
  const query = '{ organization { name } }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  client.send({ id: '1', type: 'subscribe', payload: { extensions } });
  const [error] = await client.next('error');
  expect(error?.payload).toMatchObject([{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }]);
  client.send({ id: '2', type: 'subscribe', payload: { query, extensions } });
  await client.next('complete');
  client.send({ id: '3', type: 'subscribe', payload: { extensions } });
  await client.next('complete', 2);
  expect(
    client.messages.filter(({ type }) => type === 'next').map(({ id, payload }) => [id, payload]),
  ).toMatchObject(['2', '3'].map((id) => [id, { data: { organization: { name: 'Sandbox' } } }]));
  client.socket.close();
});

test.each([
  [{}, 'BAD_REQUEST'],
  [{ query: 1 }, 'BAD_REQUEST'],
  [{ query: '{ __typename }', variables: [] }, 'BAD_REQUEST'],
  [{ query: 'query A { __typename }', operationName: 'B' }, 'OPERATION_RESOLUTION_FAILURE'],
  [{ query: 'query ($id: ID!) { account(id: $id) { id } }' }, 'BAD_USER_INPUT'],
])('the payload %j ends with the error %s', async (payload, code) => {
  const client = await connectAs(url());
  client.send({ id: 'e', type: 'subscribe', payload });
  const [error] = await client.next('error');
  expect(error?.payload).toMatchObject([{ extensions: { code, requestId: expect.any(String) } }]);
  client.socket.close();
});

test('a page of another origin is refused, of an allowed one and of the router itself is not', async () => {
  const open = async (origin: string): Promise<number> => {
    const socket = new WebSocket(url(), 'graphql-transport-ws', { headers: { origin } });
    const status = await new Promise<number>((resolve) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    });
    socket.on('error', () => undefined);
    socket.terminate();
    return status;
  };
  expect(await open('https://evil.example')).toBe(403);
  expect(await open('https://app.example')).toBe(101);
  expect(await open(new URL(running.router.url).origin)).toBe(101);
});

test('the 101st operation of a socket is refused', async () => {
  const client = await connectAs(url());
  for (let n = 0; n < 101; n++) client.send({ ...quiet, id: `s${n}` });
  const [error] = await client.next('error');
  expect(error).toMatchObject({ id: 's100', payload: [{ extensions: { code: 'OVERLOADED' } }] });
  client.socket.close();
});
