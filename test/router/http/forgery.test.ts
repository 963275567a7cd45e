import { ask, type Served, serve } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
});

afterAll(() => served.close());

const search = `?query=${encodeURIComponent('{ __typename }')}`;
const nobody = { authorization: undefined };

describe('attack 45: requests that a page of another origin can have its visitor send', () => {
  test('a mutation by GET is refused with 405, whatever headers come with it', async () => {
    const query = 'mutation { cancelTransaction(input: { id: "x", idempotencyKey: "k" }) { __typename } }';
    const { status, headers, json } = await ask(served, {
      search: `?query=${encodeURIComponent(query)}`,
      headers: { 'apollo-require-preflight': 'yes' },
    });
    expect([status, headers.allow]).toEqual([405, 'POST']);
    expect(json.errors?.[0]?.message).toContain('Send it with POST.');
    expect(served.world.requests.payments).toEqual([]);
  });

  test.each([
    ['application/x-www-form-urlencoded', 'query=%7B__typename%7D'],
    ['text/plain', '{"query":"{ __typename }"}'],
    ['text/plain;application/json', '{"query":"{ __typename }"}'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
    ],
    [undefined, '{"query":"{ __typename }"}'],
  ])('a POST of the type %s is refused, also with a header that asks for a preflight', async (type, body) => {
    for (const proof of [undefined, 'yes']) {
      const headers = { 'content-type': type, 'apollo-require-preflight': proof, ...nobody };
      expect((await ask(served, { body, headers })).status).toBe(415);
    }
  });

  test.each<[string, Record<string, string>]>([
    ['an image of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of a sister domain', { 'sec-fetch-site': 'same-site' }],
    [
      'a script of an origin that is not allowed',
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    ],
    ['a sandboxed frame', { origin: 'null' }],
    ['something with a cookie', { cookie: 'session=1' }],
    ['something with HTTP authentication', { authorization: 'Basic YTpi' }],
    ['an allowed origin with a cookie', { origin: 'https://app.example', cookie: 'session=1' }],
    ['a form type', { 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' }],
  ])('a GET by %s is refused with 403', async (_who, headers) => {
    const { status, json } = await ask(served, { search, headers: { ...nobody, ...headers } });
    expect(status).toBe(403);
    expect(json.errors?.[0]?.message).toContain('apollo-require-preflight');
  });

  test.each<[string, Record<string, string>]>([
    ['a tool that is no browser', {}],
    ['a page of this origin', { 'sec-fetch-site': 'same-origin' }],
    ['somebody who typed the address', { 'sec-fetch-site': 'none' }],
    ['a page of an allowed origin', { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }],
    ['a script with a bearer token', { authorization: 'Bearer sk_test_all', 'sec-fetch-site': 'cross-site' }],
    ...['x-apollo-operation-name', 'apollo-require-preflight', 'x-omsx-require-preflight'].map(
      (name): [string, Record<string, string>] => [
        `a script with ${name}`,
        { [name]: 'a', 'sec-fetch-site': 'cross-site', cookie: 'a=b' },
      ],
    ),
    [
      'a script with a type of its own',
      { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
    ],
  ])('a GET by %s is answered', async (_who, headers) => {
    const { status, json } = await ask(served, { search, headers: { ...nobody, ...headers } });
    expect([status, json.data]).toEqual([200, { __typename: 'Query' }]);
  });
});

describe('attack 46: CORS', () => {
  const preflight = (origin: string) =>
    ask(served, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });

  test('an evil origin is allowed nothing, with or without credentials', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      'https://app.example.evil.example',
      'http://app.example',
    ]) {
      const asked = await preflight(origin);
      expect(asked.status).toBe(204);
      const answered = await ask(served, {
        body: { query: '{ __typename }' },
        headers: { origin, cookie: 'a=b' },
      });
      for (const { headers } of [asked, answered]) {
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
        expect(headers.vary).toContain('origin');
      }
    }
  });

  test('an allowed origin may ask and read, and never with cookies', async () => {
    const { headers } = await preflight('https://app.example');
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-max-age': '600',
    });
    expect(headers['access-control-allow-headers']).toContain('x-omsx-require-preflight');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    expect(headers).not.toHaveProperty('content-length');
    const answered = await ask(served, {
      body: { query: '{ __typename }' },
      headers: { origin: 'https://app.example' },
    });
    expect(answered.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-expose-headers': 'x-request-id, retry-after',
    });
  });
});
