import { ApiError } from '../../../platform/errors.ts';
import type { Admitted } from '../../../router/pipeline.ts';
import { ask, type Served, serve } from './served.ts';

const SUBSCRIPTION = { query: 'subscription { transactionUpdates { cursor } }' };
const QUERY = { query: '{ organization { name } }' };
const EVENTS = 'text/event-stream';

let served: Served;
const handed: Admitted[] = [];
let refusal: Error | null = null;
let hold: Promise<void> = Promise.resolve();

beforeAll(async () => {
  served = await serve({
    config: { http: { requestsInFlightMax: 1 } },
    async sse(admitted, _caller, _request, response) {
      if (refusal !== null) throw refusal;
      handed.push(admitted);
      response.writeHead(200, { 'content-type': EVENTS });
      response.flushHeaders();
      await hold;
      response.end('event: complete\ndata:\n\n');
    },
  });
});
beforeEach(() => {
  handed.splice(0);
  refusal = null;
  hold = Promise.resolve();
});
afterAll(() => served.close());

test.each([
  ['a subscription', SUBSCRIPTION, EVENTS],
  ['a subscription among other types', SUBSCRIPTION, `application/json, ${EVENTS}`],
  ['a query that takes events alone', QUERY, EVENTS],
])('%s is handed to the stream', async (_, body, accept) => {
  const { status, headers, text } = await ask(served, {
    body,
    headers: { accept, origin: 'https://app.example', 'x-request-id': 'stream-1' },
  });
  expect([status, text]).toEqual([200, 'event: complete\ndata:\n\n']);
  expect(headers).toMatchObject({
    'x-request-id': 'stream-1',
    'access-control-allow-origin': 'https://app.example',
    'x-content-type-options': 'nosniff',
    'content-type': EVENTS,
  });
  expect(handed).toHaveLength(1);
});

test('a subscription by GET, as EventSource sends it, is handed over; a mutation is not', async () => {
  const get = (query: string) =>
    ask(served, { search: `?query=${encodeURIComponent(query)}`, headers: { accept: EVENTS } });
  expect((await get(SUBSCRIPTION.query)).status).toBe(200);
  const mutation = 'mutation { cancelTransaction(input: { id: "x", idempotencyKey: "k" }) { __typename } }';
  expect((await get(mutation)).status).toBe(405);
  expect(handed).toHaveLength(1);
});

test('a query that takes JSON too is answered in JSON', async () => {
  const { headers, json } = await ask(served, {
    body: QUERY,
    headers: { accept: `application/json, ${EVENTS}` },
  });
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(json).toMatchObject({ data: { organization: { name: 'Sandbox' } } });
  expect(handed).toEqual([]);
});

test('a subscription that does not accept events is told how it is opened', async () => {
  for (const method of ['POST', 'GET']) {
    const search = `?query=${encodeURIComponent(SUBSCRIPTION.query)}`;
    const { status, json } = await ask(served, method === 'GET' ? { search } : { body: SUBSCRIPTION });
    expect(status).toBe(406);
    expect(json.errors?.[0]?.message).toMatch(/graphql-transport-ws.*text\/event-stream/);
  }
});

test('what is refused before the stream began is told in JSON', async () => {
  refusal = new ApiError('RATE_LIMITED', 'Too many streams.');
  const { status, headers, json } = await ask(served, { body: SUBSCRIPTION, headers: { accept: EVENTS } });
  expect([status, headers['content-type']]).toEqual([429, 'application/json; charset=utf-8']);
  expect(json.errors?.[0]?.message).toBe('Too many streams.');
  const invalid = await ask(served, { body: { query: '{' }, headers: { accept: EVENTS } });
  expect([invalid.status, invalid.headers['content-type']]).toEqual([400, 'application/json; charset=utf-8']);
});

test('a stream takes no place among the requests in flight', async () => {
  let end: () => void = () => undefined;
  hold = new Promise((resolve) => {
    end = resolve;
  });
  const stream = ask(served, { body: SUBSCRIPTION, headers: { accept: EVENTS } });
  while (handed.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await ask(served, { body: QUERY })).status).toBe(200);
  end();
  expect((await stream).status).toBe(200);
});

test('where there are no streams over HTTP, who takes nothing else is told 406', async () => {
  const without = await serve();
  const { status } = await ask(without, { body: QUERY, headers: { accept: EVENTS } });
  await without.close();
  expect(status).toBe(406);
});
