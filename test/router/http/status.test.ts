import { ApiError } from '../../../platform/errors.ts';
import type { Pipeline } from '../../../router/pipeline.ts';
import { ask, type Served, serve } from './served.ts';

const RESPONSE = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';
const QUERY = { query: '{ organization { name } }' };

let served: Served;
/** What the next request is refused with, once it is known to be a request. */
let refusal: Error | null = null;

function refusing(pipeline: Pipeline): Pipeline {
  return {
    ...pipeline,
    async admit(request, caller, kinds) {
      if (refusal !== null) throw refusal;
      return await pipeline.admit(request, caller, kinds);
    },
  };
}

beforeAll(async () => {
  served = await serve({ change: refusing });
});

afterEach(() => {
  refusal = null;
});

afterAll(() => served.close());

test.each([
  [undefined, JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  [RESPONSE, RESPONSE],
  [`${RESPONSE}, ${JSON_TYPE}`, RESPONSE],
  [`${JSON_TYPE}, ${RESPONSE}`, RESPONSE],
  [`${RESPONSE};q=0.8, ${JSON_TYPE};q=0.9`, JSON_TYPE],
  [`${RESPONSE}; charset=utf-8, ${JSON_TYPE};q=0.9`, RESPONSE],
  [`${JSON_TYPE}, text/plain, */*`, JSON_TYPE],
  [`${RESPONSE};q=0, */*`, JSON_TYPE],
  [`APPLICATION/JSON;Q=0.5`, JSON_TYPE],
  [`text/html, ${RESPONSE};q=0.1`, RESPONSE],
])('who accepts %s is answered in %s', async (accept, type) => {
  const { status, headers } = await ask(served, { body: QUERY, headers: { accept } });
  expect([status, headers['content-type']]).toEqual([200, `${type}; charset=utf-8`]);
});

test.each(['text/html', 'image/png, text/css', `${JSON_TYPE};charset=utf-16`, `${JSON_TYPE};q=0`])(
  'who accepts only %s is told 406, in JSON',
  async (accept) => {
    const { status, headers, json } = await ask(served, { body: QUERY, headers: { accept } });
    expect([status, headers['content-type']]).toEqual([406, 'application/json; charset=utf-8']);
    expect(json.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_REQUEST' });
  },
);

test.each([
  ['{', 'GRAPHQL_PARSE_FAILED'],
  ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ['query A { __typename } query B { __typename }', 'OPERATION_RESOLUTION_FAILURE'],
  ['query ($id: ID!) { account(id: $id) { id } }', 'BAD_USER_INPUT'],
])('the fault of %s is 400, and 200 for a client that names application/json', async (query, code) => {
  const statusFor = async (accept: string | undefined): Promise<number> => {
    const { status, json } = await ask(served, { body: { query }, headers: { accept } });
    expect(json.errors?.[0]?.extensions).toMatchObject({ code, requestId: expect.any(String) });
    expect(json).not.toHaveProperty('data');
    return status;
  };
  expect(await statusFor(RESPONSE)).toBe(400);
  expect(await statusFor('*/*')).toBe(400);
  expect(await statusFor(undefined)).toBe(400);
  expect(await statusFor(JSON_TYPE)).toBe(200);
});

test('data with errors is a partial success for who knows the media type, else 200', async () => {
  const body = { query: '{ account(id: "acc_secret") { id } organization { name } }' };
  const modern = await ask(served, { body, headers: { accept: RESPONSE } });
  expect(modern.status).toBe(294);
  expect(modern.json).toMatchObject({ data: { account: null, organization: { name: 'Sandbox' } } });
  expect((await ask(served, { body, headers: { accept: JSON_TYPE } })).status).toBe(200);
});

test.each([
  ['UNAUTHENTICATED', 401, { 'www-authenticate': 'Bearer' }],
  ['FORBIDDEN', 403, {}],
  ['RATE_LIMITED', 429, { 'retry-after': '3' }],
  ['OVERLOADED', 503, { 'retry-after': '3' }],
  ['UNAVAILABLE', 503, { 'retry-after': '3' }],
  ['COST_LIMIT_EXCEEDED', 400, {}],
  ['OPERATION_TOO_LARGE', 400, {}],
] as const)('%s before anything is run is %d', async (code, status, expected) => {
  refusal = new ApiError(code, 'No.', { retryAfterMs: 2_100, http: { status } });
  const { headers, ...answered } = await ask(served, { body: QUERY, headers: { accept: RESPONSE } });
  expect(answered.status).toBe(status);
  expect(headers).toMatchObject(expected);
  const [error] = answered.json.errors ?? [];
  expect(error).toMatchObject({ message: 'No.', extensions: { code, requestId: headers['x-request-id'] } });
  expect(error?.extensions).not.toHaveProperty('http');
});

test('no retry time is a second', async () => {
  refusal = new ApiError('RATE_LIMITED', 'No.');
  const { status, headers } = await ask(served, { body: QUERY });
  expect([status, headers['retry-after']]).toEqual([429, '1']);
});

test('credentials that are missing, malformed or unknown are 401 with a way to authenticate', async () => {
  for (const authorization of [undefined, 'Basic YTpi', 'Bearer', 'Bearer sk_unknown']) {
    const { status, headers, json } = await ask(served, { body: QUERY, headers: { authorization } });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(json.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  }
});

test.each([
  ['PUT', 'GET, POST, OPTIONS'],
  ['DELETE', 'GET, POST, OPTIONS'],
])('%s is 405 and says what is allowed', async (method, allow) => {
  const { status, headers } = await ask(served, { method });
  expect([status, headers.allow]).toEqual([405, allow]);
});

test.each([
  [undefined, 415],
  ['text/plain', 415],
  ['application/graphql', 415],
  ['application/json; charset=latin1', 415],
  ['application/json; charset="UTF-8"', 200],
  ['Application/JSON;charset=utf-8', 200],
])('a body of the type %s is %d', async (type, status) => {
  const answered = await ask(served, { body: QUERY, headers: { 'content-type': type } });
  expect(answered.status).toBe(status);
});

test.each([
  ['?query=%7B__typename%7D&query=%7B__typename%7D', '"query" is there more than once.'],
  ['?query=%7B__typename%7D&variables=%7B', '"variables" is no JSON.'],
  ['?query=%7B__typename%7D&extensions=%5B%5D', '"extensions" is a list: expected a JSON object.'],
  ['?operationName=A', '"query" is missing: expected a string.'],
])('the parameters %s are 400', async (search, message) => {
  const { status, json } = await ask(served, { search });
  expect([status, json.errors?.[0]?.message]).toEqual([400, message]);
});

test('a GET is run, is kept by no cache, and depends on who asks', async () => {
  const search = `?query=${encodeURIComponent('query A($n: String!) { __type(name: $n) { name } }')}&operationName=A&variables=${encodeURIComponent('{"n":"Query"}')}`;
  const { status, headers, json } = await ask(served, { search });
  expect(status).toBe(200);
  expect(json).toMatchObject({ data: { __type: { name: 'Query' } } });
  expect(headers['cache-control']).toBe('no-store');
  expect(headers.vary).toBe('accept, accept-encoding, authorization, origin');
});

test('every answer names the request, and errors name it too', async () => {
  const mine = await ask(served, { body: { query: '{' }, headers: { 'x-request-id': 'mine-1' } });
  expect(mine.headers['x-request-id']).toBe('mine-1');
  expect(mine.json.errors?.[0]?.extensions.requestId).toBe('mine-1');
  const bad = await ask(served, { body: QUERY, headers: { 'x-request-id': 'no spaces, please' } });
  expect(bad.headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  expect(bad.headers['x-content-type-options']).toBe('nosniff');
});

test('names of Object.prototype are names like others', async () => {
  const query =
    'query ($constructor: String!) { __proto__: __typename toString: __type(name: $constructor) { constructor: name } }';
  const body = `{"query": ${JSON.stringify(query)}, "variables": {"constructor": "Query", "__proto__": {"x": 1}}}`;
  const { text } = await ask(served, { body });
  expect(text).toContain('"__proto__":"Query"');
  expect(text).toContain('"toString":{"constructor":"Query"}');
});
