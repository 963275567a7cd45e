import { KEY, type RunningRouter, startTestRouter } from './routerHarness.ts';

let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter();
});

afterAll(() => running.close());

const authorization = `Bearer ${KEY}`;

async function post(
  body: unknown,
  headers: Record<string, string> = { authorization },
): Promise<{
  status: number;
  headers: Headers;
  body: { data?: unknown; errors?: { extensions: object }[] };
}> {
  const response = await fetch(running.router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

test('a query is answered, under the request id that came with it', async () => {
  const { status, headers, body } = await post(
    { query: '{ organization { name } }' },
    { authorization, 'x-request-id': 'mine-1' },
  );
  expect([status, headers.get('x-request-id')]).toEqual([200, 'mine-1']);
  expect(body).toMatchObject({ data: { organization: { name: 'Sandbox' } } });
  expect(running.world.requests.accounts.at(-1)?.requestId).toBe('mine-1');
});

test('a replayed mutation tells so in the extensions', async () => {
  const id = 'txn_01jx5c9v7ye8r9a1nq0bz3m4kd';
  const query = `mutation { cancelTransaction(input: { id: "${id}", idempotencyKey: "seen" }) { __typename } }`;
  expect((await post({ query })).body).toMatchObject({
    data: { cancelTransaction: { __typename: 'Transaction' } },
    extensions: { idempotentReplay: true },
  });
});

test('without credentials only the schema may be read', async () => {
  const refused = await post({ query: '{ organization { name } }' }, {});
  expect(refused.status).toBe(401);
  expect(refused.body.errors?.[0]?.extensions).not.toHaveProperty('http');
  expect(refused.body.errors?.[0]?.extensions).toMatchObject({
    code: 'UNAUTHENTICATED',
    requestId: expect.any(String),
  });
  const schema = await post({ query: '{ __schema { queryType { name } } }' }, {});
  expect(schema.body).toMatchObject({ data: { __schema: { queryType: { name: 'Query' } } } });
});

test('bad credentials are refused with 401, also for the schema', async () => {
  const { status, body } = await post({ query: '{ __typename }' }, { authorization: 'Bearer sk_unknown' });
  expect(status).toBe(401);
  expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a revoked key is refused within a second', async () => {
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('doomed', viewer);
  const ask = () => post({ query: '{ organization { name } }' }, { authorization: 'Bearer doomed' });
  expect((await ask()).status).toBe(200);
  running.viewers.delete('doomed');
  const revokedAtMs = Date.now();
  while ((await ask()).status === 200) expect(Date.now() - revokedAtMs).toBeLessThan(1_000);
});

test.each([
  ['{ nothing }', 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['{', 400, 'GRAPHQL_PARSE_FAILED'],
])('the document %s is refused with %d %s', async (query, expected, code) => {
  const { status, body } = await post({ query });
  expect(status).toBe(expected);
  expect(body.errors?.[0]?.extensions).toMatchObject({ code, requestId: expect.any(String) });
});

test('a fault of ours leaves as a code and the request id, with nothing of its inside', async () => {
  const { body } = await post({ query: '{ account(id: "acc_secret") { id } }' });
  expect(JSON.stringify(body)).not.toMatch(/relation|srv|stack|ledger/);
  expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
});

test('what is no JSON, or more than 3 MiB of it, is refused', async () => {
  expect((await post('{"query":')).status).toBe(400);
  expect((await post({ query: `{ organization { name } } #${'x'.repeat(3 * 1024 * 1024)}` })).status).toBe(
    413,
  );
});

test('a form post and a GET by a page of another site are refused as forgeries', async () => {
  const form = await post('query=mutation', { authorization, 'content-type': 'text/plain' });
  expect(form.status).toBe(415);
  const url = `${running.router.url}?query=%7B__typename%7D`;
  expect((await fetch(url, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  const meant = await fetch(url, {
    headers: { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': 'yes' },
  });
  expect(await meant.json()).toMatchObject({ data: { __typename: 'Query' } });
});

test('only allowed origins are told that they may read the answer', async () => {
  const preflight = (origin: string) => fetch(running.router.url, { method: 'OPTIONS', headers: { origin } });
  expect((await preflight('https://app.example')).headers.get('access-control-allow-origin')).toBe(
    'https://app.example',
  );
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
});

test('health, readiness, metrics and a page for browsers are there', async () => {
  const at = async (path: string) => (await fetch(new URL(path, running.router.url))).text();
  expect(await at('/health')).toBe('{"status":"ok"}');
  expect(await at('/ready')).toBe('{"status":"ready","events":"OUTBOX"}');
  expect(await at('/metrics')).toContain('omsx_router_request_seconds_count');
  expect(await at('/')).toContain('<h1>OMSX</h1>');
  expect((await fetch(new URL('/nothing', running.router.url))).status).toBe(404);
});
