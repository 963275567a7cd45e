import { connect } from 'node:net';
import { request } from 'undici';
import { newUuid } from '../../platform/id.ts';
import { BODY_BYTES_MAX, type SubgraphServer, serveSubgraph } from '../../platform/server.ts';
import type { Subgraph, SubgraphRequest } from '../../platform/subgraph.ts';
import { signViewer, VIEWER_HEADER } from '../../platform/viewer.ts';
import { AUTHENTICATE_PATH, authenticateRoute } from '../../subgraphs/accounts/adapters/authenticateRoute.ts';
import { createRemoteAuthenticator } from '../../subgraphs/accounts/adapters/remoteAuthenticator.ts';
import { type Json, logger, openWorld, viewerOf, type World } from '../accounts/world.ts';

const viewerSecret = 'viewer-secret-of-the-tests-0123456789';
const served = { port: 0, host: '127.0.0.1', viewerSecret, logger };
let world: World;
let server: SubgraphServer;
let executed = 0;

beforeAll(async () => {
  world = await openWorld();
  const counted: Subgraph = {
    ...world.accounts,
    execute(fetch) {
      executed++;
      return world.accounts.execute(fetch);
    },
  };
  const extraRoutes = { [AUTHENTICATE_PATH]: authenticateRoute(world.accounts.authenticate) };
  server = await serveSubgraph({ ...served, subgraph: counted, extraRoutes });
});
afterAll(async () => {
  await server.close();
  await world.close();
});

interface Answer {
  readonly status: number;
  readonly body: Json;
}

async function send(
  url: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const answer = await request(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: answer.statusCode, body: await answer.body.json() };
}

function sign(body: string, viewer = world.ours.viewer, secret = viewerSecret, now = new Date()) {
  return { [VIEWER_HEADER]: signViewer(viewer, body, secret, now) };
}

function ask(query: string, extra: object = {}, to = server): Promise<Answer> {
  const body = JSON.stringify({ query, ...extra });
  return send(`${to.url}/graphql`, body, sign(body));
}

const OWN = '{ organization { name } }';

test('a signed request is answered as its Viewer', async () => {
  expect(await ask(OWN)).toEqual({ status: 200, body: { data: { organization: { name: 'Ours' } } } });
  const body = JSON.stringify({ query: OWN });
  const theirs = await send(`${server.url}/graphql`, body, sign(body, world.theirs.viewer));
  expect(theirs.body.data.organization.name).toBe('Theirs');
});

test('without a signature, with one forged, expired or made for another body, nothing is executed', async () => {
  const body = JSON.stringify({ query: OWN });
  const good = sign(body)[VIEWER_HEADER] as string;
  const [payload = '', signature = ''] = good.split('.');
  const altered = Buffer.from(
    JSON.stringify({ ...world.theirs.viewer, expiresAt: Date.now() + 1_000 }),
  ).toString('base64url');
  const other = JSON.stringify({ query: '{ organization { id } }' });
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  const before = executed;
  const attacks: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['unsigned', body, {}],
    ['plain headers', body, { 'x-organization-id': world.ours.organizationId, 'x-user-id': 'key_1' }],
    ['empty', body, { [VIEWER_HEADER]: '' }],
    ['another secret', body, sign(body, world.ours.viewer, 'x'.repeat(40))],
    ['expired', body, sign(body, world.ours.viewer, viewerSecret, minutes(-1))],
    ['other body', other, sign(body)],
    ['a blank more', `${body} `, sign(body)],
    ['altered viewer', body, { [VIEWER_HEADER]: `${altered}.${signature}` }],
    ['no signature', body, { [VIEWER_HEADER]: payload }],
    ['a part more', body, { [VIEWER_HEADER]: `${good}.x` }],
    ['short signature', body, { [VIEWER_HEADER]: `${payload}.${signature.slice(0, 10)}` }],
  ];
  for (const [attack, sent, headers] of attacks) {
    for (const path of ['/graphql', AUTHENTICATE_PATH]) {
      const { status, body: answer } = await send(server.url + path, sent, headers);
      expect([attack, status, answer.errors?.[0].extensions.code]).toEqual([attack, 401, 'UNAUTHENTICATED']);
      expect(answer.data).toBeUndefined();
    }
  }
  expect(executed).toBe(before);
});

test('a byte order mark and ill-formed UTF-8 are part of the body, not read over', async () => {
  const body = JSON.stringify({ query: OWN });
  const withMark = await send(`${server.url}/graphql`, `\u{feff}${body}`, sign(body));
  expect(withMark.status).toBe(401);
  const illFormed = Buffer.concat([Buffer.from(body.slice(0, -1)), Buffer.from([0xff]), Buffer.from('}')]);
  expect((await send(`${server.url}/graphql`, illFormed, sign(illFormed.toString('utf8')))).status).toBe(401);
});

test('schema and introspection are for signed requests too', async () => {
  const { body } = await ask('{ _service { sdl } __schema { queryType { name } } }');
  expect(body.data._service.sdl).toContain('type Customer');
  expect(body.data.__schema.queryType.name).toBe('Query');
});

test('a replayed mutation says so in its extensions', async () => {
  const query = `mutation { createCustomer(input: { idempotencyKey: "over-http", type: BUSINESS, legalName: "B" }) { ... on Customer { id } } }`;
  const first = await ask(query);
  expect(first.body.extensions).toBeUndefined();
  const second = await ask(query);
  expect(second.body).toEqual({ data: first.body.data, extensions: { idempotentReplay: true } });
});

test('faulty requests are refused with what is wrong', async () => {
  const signed = (body: string) => send(`${server.url}/graphql`, body, sign(body));
  expect((await signed('{')).body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  for (const body of ['null', '[]', '1', '"x"', '{}', '[{"query":"{__typename}"}]']) {
    const answer = await signed(body);
    expect([body, answer.status, answer.body.errors[0].extensions.code]).toEqual([
      body,
      400,
      expect.any(String),
    ]);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|at Object|stacktrace/);
  }
  expect((await ask('{ organization {')).body.errors[0].extensions.code).toBe('GRAPHQL_PARSE_FAILED');
  expect((await ask('{ nothing }')).body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  const typed = await ask('query ($id: ID!) { customer(id: $id) { id } }', { variables: { id: { a: 1 } } });
  expect(typed.body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  expect((await send(`${server.url}/elsewhere`, '{}', sign('{}'))).status).toBe(404);
  const get = await request(`${server.url}/graphql?query={__typename}`);
  expect(get.statusCode).toBe(405);
  await get.body.dump();
});

test('a body over the limit is refused, and one at the limit is read', async () => {
  const padded = (bytes: number): string => {
    const body = JSON.stringify({ query: OWN, extensions: { padding: '' } });
    return body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`);
  };
  const fits = padded(BODY_BYTES_MAX);
  expect((await send(`${server.url}/graphql`, fits, sign(fits))).status).toBe(200);
  const large = padded(BODY_BYTES_MAX + 1);
  expect((await send(`${server.url}/graphql`, large, sign(large))).status).toBe(413);
});

test('a body over the limit is answered while it is still being sent, and the connection ends', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number.parseInt(port, 10), hostname);
  socket.write(`POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: ${10 * BODY_BYTES_MAX}\r\n\r\n`);
  socket.write('x'.repeat(BODY_BYTES_MAX + 1));
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  expect(answer).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
});

function stub(execute: (fetch: SubgraphRequest) => Promise<Json>): Subgraph {
  return { name: 'accounts', schema: world.accounts.schema, execute, close: async () => undefined };
}

test('the fetch of an event reaches the subgraph with its payload', async () => {
  const seen: SubgraphRequest[] = [];
  const subgraph = stub(async (fetch) => {
    seen.push(fetch);
    return { data: { balanceUpdates: { cursor: 'c1-1' } } };
  });
  const events = await serveSubgraph({ ...served, subgraph });
  const event = { balanceUpdates: { cursor: 'c1-1', event: null } };
  const query = 'subscription ($id: ID!) { balanceUpdates(accountId: $id) { cursor } }';
  const { status, body } = await ask(query, { variables: { id: 'acc_1' }, extensions: { event } }, events);
  await events.close();
  expect([status, body]).toEqual([200, { data: { balanceUpdates: { cursor: 'c1-1' } } }]);
  expect(seen).toMatchObject([{ query, variables: { id: 'acc_1' }, event, viewer: world.ours.viewer }]);
});

test('what throws is masked: no SQL, no path, no stack', async () => {
  const failing = await serveSubgraph({
    ...served,
    subgraph: stub(() => Promise.reject(new Error('select secret_hmac from /srv/omsx/private.ts'))),
  });
  const event = { balanceUpdates: { cursor: 'c1-1', event: null } };
  for (const extra of [{}, { extensions: { event } }]) {
    const { body } = await ask('{ __typename }', extra, failing);
    expect(body.errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(body)).not.toMatch(/secret_hmac|private|stack/i);
  }
  await failing.close();
});

test('closing answers what is under way, says so to health checks, and then takes nothing more', async () => {
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begun = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = await serveSubgraph({
    ...served,
    subgraph: stub(async () => {
      begun();
      await held;
      return { data: { __typename: 'Query' } };
    }),
  });
  const health = await request(`${slow.url}/health`);
  expect([health.statusCode, await health.body.json()]).toEqual([200, { status: 'ok' }]);
  const underWay = ask('{ __typename }', {}, slow);
  await started;
  const closing = slow.close();
  const beganMs = Date.now();
  finish();
  expect((await underWay).body).toEqual({ data: { __typename: 'Query' } });
  await closing;
  // The connection that is kept alive does not hold it up.
  expect(Date.now() - beganMs).toBeLessThan(2_000);
  await expect(ask('{ __typename }', {}, slow)).rejects.toThrow(/ECONNREFUSED|other side closed|socket/i);
});

test('the router authenticates keys over the wire; only it may, and being refused is not being nobody', async () => {
  const remote = createRemoteAuthenticator({ url: server.url, viewerSecret });
  expect(await remote.authenticate(world.ours.apiKey)).toMatchObject({
    organizationId: world.ours.organizationId,
    kind: 'KEY',
    scopes: ['*'],
  });
  expect(await remote.authenticate(world.ours.apiKey.replace(/.{5}$/, '00000'))).toBeNull();
  await remote.close();

  const mistaken = createRemoteAuthenticator({ url: server.url, viewerSecret: 'y'.repeat(40) });
  await expect(mistaken.authenticate(world.ours.apiKey)).rejects.toMatchObject({
    extensions: { code: 'UNAVAILABLE' },
  });
  await mistaken.close();
  const absent = createRemoteAuthenticator({ url: 'http://127.0.0.1:9', viewerSecret });
  await expect(absent.authenticate(world.ours.apiKey)).rejects.toMatchObject({
    extensions: { code: 'UNAVAILABLE', retryable: true },
  });
  await absent.close();

  const body = JSON.stringify({ token: world.ours.apiKey });
  for (const kind of ['KEY', 'CLIENT', 'MEMBER'] as const) {
    const signed = sign(body, { ...viewerOf(world.ours.organizationId), kind });
    expect((await send(`${server.url}${AUTHENTICATE_PATH}`, body, signed)).status).toBe(403);
  }
});

test('one request keeps one id, and an id that is none is replaced', async () => {
  const body = JSON.stringify({ query: OWN });
  const idOf = async (given: string): Promise<string | undefined> => {
    const answer = await request(`${server.url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-request-id': given, ...sign(body) },
    });
    await answer.body.dump();
    return answer.headers['x-request-id'] as string;
  };
  const id = newUuid();
  expect(await idOf(id)).toBe(id);
  expect(await idOf('"><script>')).not.toContain('script');
});
