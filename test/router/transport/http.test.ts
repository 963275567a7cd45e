import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parse } from 'graphql';
import { DEADLINE_HEADER } from '../../../platform/deadline.ts';
import { VIEWER_HEADER, verifyViewer } from '../../../platform/viewer.ts';
import {
  createHttpTransport,
  type HttpTransport,
  type HttpTransportOptions,
} from '../../../router/transport/http.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { faultOf, requestOf, stranger, viewer } from './requests.ts';
import { type Handler, sendJson, startServer, type TestServer, until } from './server.ts';

const viewerSecret = 'a secret that router and subgraphs share';

let server: TestServer;
let transport: HttpTransport;

async function start(handle: Handler, options: Partial<HttpTransportOptions> = {}): Promise<void> {
  server = await startServer(handle);
  transport = createHttpTransport({ name: 'accounts', url: server.url, ...options });
}

afterEach(async () => {
  await Promise.all([transport.close(), server.close()]);
});

function send(response: ServerResponse, status: number, type: string | null, body: string | Buffer): void {
  response.writeHead(status, type === null ? {} : { 'content-type': type });
  response.end(body);
}

describe('what a subgraph is sent', () => {
  test('the query, its variables and name, the request id and what is left of the time', async () => {
    await start((_, response) => sendJson(response, { data: { x: 1 } }));
    const request = requestOf({
      query: 'query Q($a: Int) { x(a: $a) }',
      variables: { a: 1, __proto__: null, constructor: 'c' },
      operationName: 'Q',
      dueInMs: 2_000,
      headers: { authorization: 'Bearer t', traceparent: '00-1-2-00' },
    });
    expect(await transport.execute(request)).toEqual({ data: { x: 1 } });
    const [arrival] = server.arrivals;
    const headers = arrival?.headers ?? {};
    expect(arrival?.json).toEqual({ query: request.query, variables: request.variables, operationName: 'Q' });
    expect(headers).toMatchObject({
      'x-request-id': 'r-1',
      authorization: 'Bearer t',
      traceparent: '00-1-2-00',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    });
    expect(headers['accept-encoding']).toBeUndefined();
    expect(headers[VIEWER_HEADER]).toBeUndefined();
    const leftMs = Number(headers[DEADLINE_HEADER]);
    expect(leftMs).toBeGreaterThan(1_500);
    expect(leftMs).toBeLessThanOrEqual(2_000);
  });

  test('one of ours gets the Viewer signed for the body, which no forwarded header can replace', async () => {
    await start((_, response) => sendJson(response, { data: { x: 1 } }), { viewerSecret });
    const headers = { [VIEWER_HEADER]: 'forged', host: 'elsewhere', 'content-length': '3', 'x-tenant': 'a' };
    await transport.execute(requestOf({ headers }));
    const [arrival] = server.arrivals;
    const signed = String(arrival?.headers[VIEWER_HEADER]);
    expect(verifyViewer(signed, arrival?.body ?? '', viewerSecret, new Date())).toEqual(viewer);
    expect(arrival?.headers).toMatchObject({ host: `127.0.0.1:${server.port}`, 'x-tenant': 'a' });
  });

  test('one of ours is not asked for someone without credentials, but for type names', async () => {
    await start((_, response) => sendJson(response, { data: { x: 1 } }), { viewerSecret });
    const refused = await transport.execute(requestOf({ identity: stranger }));
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(server.arrivals).toHaveLength(0);
    const query = '{ __typename }';
    await transport.execute(requestOf({ identity: stranger, query, document: parse(query) }));
    expect(server.arrivals).toHaveLength(1);
  });

  test('an event goes along in the extensions', async () => {
    await start((_, response) => sendJson(response, { data: { x: 1 } }));
    const event = { x: { cursor: 'c', event: null } };
    await transport.execute(requestOf({ kind: 'subscription', event }));
    expect(JSON.parse(server.arrivals[0]?.body ?? '').extensions).toEqual({ event });
  });
});

describe('what counts as an answer', () => {
  const graphql = JSON.stringify({ errors: [{ message: 'no' }] });
  const json = 'application/json; charset=utf-8';
  const graphqlJson = 'application/graphql-response+json';

  test.each<[string, number, string | null, string]>([
    ['200 of application/json', 200, json, graphql],
    ['200 without a type', 200, null, graphql],
    ['200 with a byte order mark', 200, json, `\ufeff${graphql}`],
    ['400 of application/json', 400, json, graphql],
    ['401 of another server than ours', 401, json, graphql],
    ['422 of application/graphql-response+json', 422, graphqlJson, graphql],
    ['500 of application/graphql-response+json', 500, graphqlJson, graphql],
  ])('%s', async (_, status, type, body) => {
    await start((_arrival, response) => send(response, status, type, body));
    expect(await transport.execute(requestOf())).toEqual({ errors: [{ message: 'no' }] });
  });

  test.each<[string, number, string, string | Buffer, Partial<SubgraphUnavailableError>]>([
    ['500 of application/json', 500, json, graphql, { reason: 'STATUS', status: 500 }],
    ['302', 302, json, graphql, { reason: 'STATUS', status: 302 }],
    ['404 of a page', 404, 'text/html', '<html>', { reason: 'STATUS', status: 404 }],
    ['200 of a page', 200, 'text/html', '<html>', { reason: 'MALFORMED', status: 200 }],
    ['JSON that breaks off', 200, json, '{"data":{"x":', { reason: 'MALFORMED' }],
    ['an empty body', 200, json, '', { reason: 'MALFORMED' }],
    ['another JSON', 200, json, '{"ok":true}', { reason: 'MALFORMED' }],
    ['a list', 200, json, '[{"data":{}}]', { reason: 'MALFORMED' }],
    ['data that is a list', 200, json, '{"data":[]}', { reason: 'MALFORMED' }],
    ['no data and no error', 200, json, '{"data":null}', { reason: 'MALFORMED' }],
    ['errors that are none', 200, json, '{"errors":["x"]}', { reason: 'MALFORMED' }],
    ['bytes that are no UTF-8', 200, json, Buffer.from('{"data":{"x":"\xff"}}', 'latin1'), {}],
  ])('%s does not', async (_, status, type, body, expected) => {
    await start((_arrival, response) => send(response, status, type, body), { retries: false });
    const fault = await faultOf(transport.execute(requestOf()));
    expect(fault).toBeInstanceOf(SubgraphUnavailableError);
    expect(fault).toMatchObject(expected);
  });

  test.each([401, 404])('%i of one of ours is a fault of the deployment', async (status) => {
    await start((_, response) => send(response, status, json, graphql), { viewerSecret });
    expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'STATUS', status });
  });

  test.each([
    ['its length was told', { 'content-length': '1000' }],
    ['it came in chunks', {}],
    ['the connection was to be its end', { connection: 'close' }],
  ])('a body that breaks off is none: %s', async (_, headers) => {
    await start(
      async ({ socket }, response) => {
        response.writeHead(200, headers);
        response.write('{"data":{"x":"a long');
        await new Promise((resolve) => setTimeout(resolve, 20));
        socket.end();
      },
      { retries: false },
    );
    const fault = await faultOf(transport.execute(requestOf()));
    expect(fault).toMatchObject({ reason: 'CONNECTION', wasSent: true });
  });

  test('what is no HTTP is no answer', async () => {
    await start(({ socket }) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), { retries: false });
    expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'MALFORMED' });
  });
});

describe('how much is read', () => {
  const big = JSON.stringify({ data: { x: 'y'.repeat(10_000) } });
  const responseBytesMax = 5_000;

  test.each(['content-length', 'chunks'])('an answer beyond the limit is not, by its %s', async (how) => {
    await start(
      (_, response) => {
        // Told beforehand, it is not even waited for.
        if (how === 'content-length') {
          return response.writeHead(200, { 'content-length': big.length }).write('{');
        }
        for (let at = 0; at < big.length; at += 1_000) response.write(big.slice(at, at + 1_000));
        return response.end();
      },
      { responseBytesMax },
    );
    expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'TOO_LARGE' });
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('a compressed answer is read, and a bomb is not: %s', async (encoding, compress) => {
    const bodies = [compress(big.slice(0, 4_000).concat('"}}')), compress(Buffer.alloc(16 * 1024 * 1024))];
    await start(
      (_, response, index) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
        response.end(bodies[index]);
      },
      { responseBytesMax: 70_000, acceptsCompression: true },
    );
    expect(await transport.execute(requestOf())).toEqual(JSON.parse(big.slice(0, 4_000).concat('"}}')));
    expect(server.arrivals[0]?.headers['accept-encoding']).toBe('gzip, br');
    expect(bodies[1]?.length).toBeLessThan(70_000);
    expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'TOO_LARGE' });
  });

  test.each([
    ['gzip', gzipSync(big).subarray(0, 20)],
    ['zstd', Buffer.from(big)],
  ])('what cannot be decompressed is no answer: %s', async (encoding, body) => {
    await start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(body);
    });
    expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'MALFORMED' });
  });
});

describe('how long is waited', () => {
  test('a query is given up when it is due, and its connection closed', async () => {
    await start(() => undefined);
    const startedMs = performance.now();
    const fault = await faultOf(transport.execute(requestOf({ dueInMs: 150 })));
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(fault).toMatchObject({ reason: 'TIMEOUT', wasSent: true });
    await until(() => server.arrivals[0]?.socket.destroyed === true);
  });

  test('a trickle does not lengthen it', async () => {
    await start((_, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    });
    const startedMs = performance.now();
    expect(await faultOf(transport.execute(requestOf({ dueInMs: 200 })))).toMatchObject({
      reason: 'TIMEOUT',
    });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test('the wait for a connection counts, and what was given up meanwhile is never sent', async () => {
    await start(() => undefined, { connectionsMax: 1, deadlineMs: 600 });
    const first = faultOf(transport.execute(requestOf({ variables: { n: 1 } })));
    const fault = await faultOf(transport.execute(requestOf({ kind: 'mutation', dueInMs: 100 })));
    expect(fault).toMatchObject({ reason: 'TIMEOUT', wasSent: false });
    expect(String(fault)).not.toContain('outcome');
    expect(await first).toMatchObject({ reason: 'TIMEOUT' });
    await transport.execute(requestOf({ dueInMs: 100 })).catch(() => undefined);
    expect(server.arrivals.map(({ json }) => json.query)).not.toContain('mutation { x }');
  });

  test('a mutation is told as unknown when it is due, and left to finish', async () => {
    let finish: () => void = () => undefined;
    await start((_, response) => {
      finish = () => sendJson(response, { data: { x: 1 } });
    });
    const fault = await faultOf(transport.execute(requestOf({ kind: 'mutation', dueInMs: 100 })));
    expect(fault).toMatchObject({ reason: 'TIMEOUT', wasSent: true });
    expect(String(fault)).toContain('the outcome of the mutation is unknown, retry with the same');
    expect(server.connections()).toBe(1);
    finish();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.connections()).toBe(1);
  });

  test('a mutation that nobody waits for any more is not cut off', async () => {
    await start((_, response) => setTimeout(() => sendJson(response, { data: { x: 1 } }), 100));
    const controller = new AbortController();
    const answer = transport.execute(requestOf({ kind: 'mutation', signal: controller.signal }));
    await until(() => server.arrivals.length === 1);
    controller.abort();
    expect(await answer).toEqual({ data: { x: 1 } });
  });

  test('a query that nobody waits for any more is, and the signal keeps no listener', async () => {
    await start((_, response, index) => index > 0 && sendJson(response, { data: { x: 1 } }));
    const controller = new AbortController();
    const { signal } = controller;
    const answer = faultOf(transport.execute(requestOf({ signal })));
    await until(() => server.arrivals.length === 1);
    const removed = jest.spyOn(signal, 'removeEventListener');
    const added = jest.spyOn(signal, 'addEventListener');
    for (let n = 0; n < 20; n++) await transport.execute(requestOf({ signal }));
    expect(added).toHaveBeenCalledTimes(20);
    expect(removed).toHaveBeenCalledTimes(20);
    controller.abort();
    expect(await answer).toMatchObject({ reason: 'ABORTED' });
  });
});

test('connections are kept, and none is left after closing', async () => {
  await start((_, response) => sendJson(response, { data: { x: 1 } }));
  for (let n = 0; n < 10; n++) await transport.execute(requestOf());
  // One rests for a turn of the event loop while the next request takes another.
  expect(new Set(server.arrivals.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
  await transport.close();
  await until(() => server.connections() === 0);
  expect(await faultOf(transport.execute(requestOf()))).toBeInstanceOf(SubgraphUnavailableError);
});

test('a transport closes in time although its subgraph hangs', async () => {
  await start(() => undefined, { deadlineMs: 60_000 });
  const answer = faultOf(transport.execute(requestOf()));
  await until(() => server.arrivals.length === 1);
  const startedMs = performance.now();
  await transport.close();
  expect(performance.now() - startedMs).toBeLessThan(7_000);
  expect(await answer).toBeInstanceOf(SubgraphUnavailableError);
});
