import { newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import { type EventsRequest, openEvents, type RawEvents } from './eventSource.ts';
import { connectAs, KEY, LIMITED_KEY, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, waitFor } from './support.ts';

let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter();
});
afterEach(() => waitFor('everybody to be gone', () => running.feed.status().subscribers === 0));
afterAll(() => running.close());

/** Starts anew, with nothing counted yet. */
async function startAgain(change: Parameters<typeof startTestRouter>[0] = {}): Promise<void> {
  await running.close();
  running = await startTestRouter(change);
}

/** Those that a test can wait for. */
const QUICK_HEARTBEATS = { streams: { heartbeatMs: 300 } };

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

const UPDATES = `subscription ($after: Cursor) {
  transactionUpdates(after: $after) { cursor event { version } } }`;

function open(request: Partial<EventsRequest> = {}, token = KEY): Promise<RawEvents> {
  const headers = { authorization: `Bearer ${token}`, ...request.headers };
  return openEvents(running.router.url, { query: UPDATES, ...request, headers });
}

function versions(events: RawEvents): readonly (number | null)[] {
  return events.nexts.map(({ result }) => {
    const { transactionUpdates } = result.data as {
      transactionUpdates: { event: { version: number } | null };
    };
    return transactionUpdates.event?.version ?? null;
  });
}

test.each(['GET', 'POST'] as const)(
  'a subscription by %s is a stream of `next` events with their cursors as ids',
  async (method) => {
    const events = await open({ method });
    await events.next(1);
    await append(running.database.writer, [completed(1), completed(2)]);
    const nexts = await events.next(3);
    expect(events.status).toBe(200);
    expect(events.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(events.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(events.headers.get('x-request-id')).toMatch(/\S+/);
    expect(versions(events)).toEqual([null, 1, 2]);
    for (const { id, result } of nexts) {
      expect(id).toBe((result.data as { transactionUpdates: { cursor: string } }).transactionUpdates.cursor);
    }
    expect(events.blocks.find((block) => block.startsWith('event'))).toMatch(
      /^event: next\nid: c\S+\ndata: \{.*\}$/,
    );
    events.socket.destroy();
  },
);

test('a browser that comes back with Last-Event-ID misses nothing and gets nothing twice', async () => {
  const first = await open({ method: 'GET' });
  await first.next(1);
  await append(running.database.writer, [completed(1), completed(2)]);
  const id = (await first.next(3))[1]?.id ?? '';
  first.socket.destroy();
  await append(running.database.writer, [completed(3)]);
  const second = await open({ method: 'GET', headers: { 'last-event-id': id } });
  await second.next(2);
  await append(running.database.writer, [completed(4)]);
  await second.next(3);
  expect(versions(second)).toEqual([2, 3, 4]);
  second.socket.destroy();
});

test('what the operation says it resumes after goes before Last-Event-ID', async () => {
  const after = await running.feed.position();
  await append(running.database.writer, [completed(1), completed(2)]);
  const events = await open({ variables: { after }, headers: { 'last-event-id': 'c999-0' } });
  await events.next(2);
  expect(versions(events)).toEqual([1, 2]);
  events.socket.destroy();
});

test.each<[string, Partial<EventsRequest>, string | undefined, number, string]>([
  ['without credentials', { headers: { authorization: '' } }, undefined, 401, 'UNAUTHENTICATED'],
  ['without the scope', {}, LIMITED_KEY, 403, 'FORBIDDEN'],
  ['from what is no cursor', { variables: { after: 'zzz' } }, KEY, 400, 'BAD_USER_INPUT'],
  ['from a cursor of the future', { variables: { after: 'cvvvvvvvv-0' } }, KEY, 400, 'BAD_USER_INPUT'],
  ['to nothing', { query: 'subscription { nothing }' }, KEY, 400, 'GRAPHQL_VALIDATION_FAILED'],
])('a subscription %s is answered in JSON with its status', async (_, request, token, status, code) => {
  const events = await open(request, token);
  await waitFor('the answer', () => events.body.endsWith('}'));
  expect(events.status).toBe(status);
  expect(events.headers.get('content-type')).toContain('json');
  expect(JSON.parse(events.body)).toMatchObject({ errors: [{ extensions: { code } }] });
  events.socket.destroy();
});

test('a query or mutation is one `next` and a `complete`', async () => {
  const events = await open({ query: '{ organization { name } }' });
  await waitFor('the end', () => events.blocks.includes('event: complete\ndata:'));
  expect(events.nexts).toMatchObject([
    { id: undefined, result: { data: { organization: { name: 'Sandbox' } } } },
  ]);
  events.socket.destroy();
});

test('event streams and sockets share their messages', async () => {
  const events = await open();
  const client = await connectAs(running.router.wsUrl);
  client.send({ id: 's', type: 'subscribe', payload: { query: UPDATES } });
  await Promise.all([events.next(1), client.next('next')]);
  running.world.requests.payments.length = 0;
  await append(running.database.writer, [completed(1)]);
  await Promise.all([events.next(2), client.next('next', 2)]);
  expect(running.world.requests.payments).toHaveLength(1);
  events.socket.destroy();
  client.socket.close();
});

test('when the client goes, its stream and the feed behind it go within a second', async () => {
  const events = await open();
  await events.next(1);
  expect(running.feed.status().subscribers).toBe(1);
  events.socket.destroy();
  await waitFor('the feed to be left', () => running.feed.status().subscribers === 0, 1_000);
});

test('revocation ends the stream within 5 s, with an error that says why', async () => {
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('doomed', viewer);
  const events = await open({}, 'doomed');
  await events.next(1);
  running.viewers.delete('doomed');
  const nexts = await events.next(2, 5_000);
  expect(nexts[1]?.result.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(events.blocks.at(-1)).toBe('event: complete\ndata:');
  events.socket.destroy();
});

const WIDE = `subscription { transactionUpdates { cursor event { version } ${'x'.repeat(20_000)}: cursor } }`;
const wide = (first: number, count: number): NewEvent[] =>
  Array.from({ length: count }, (_, n) => completed(first + n));

test('a slow reader delays nobody, is sent no more than it takes, and gets everything in the end', async () => {
  await startAgain();
  const [slow, quick] = [await open({ query: WIDE }), await open({ query: WIDE })];
  await Promise.all([slow.next(1), quick.next(1)]);
  slow.socket.pause();
  for (let batch = 0; batch < 3; batch++) await append(running.database.writer, wide(batch * 200 + 1, 200));
  await quick.next(601, 20_000);
  expect(await running.metric('omsx_router_messages_sent_total')).toBeLessThan(1.9 * 600);
  slow.socket.resume();
  await slow.next(601, 20_000);
  expect(versions(slow)).toEqual([null, ...Array.from({ length: 600 }, (_, n) => n + 1)]);
  slow.socket.destroy();
  quick.socket.destroy();
}, 60_000);

test('a stream that resumes and has nothing to say yet is there all the same, and is kept alive by comments', async () => {
  await startAgain(QUICK_HEARTBEATS);
  const events = await open({ variables: { after: await running.feed.position() } });
  expect(events.status).toBe(200);
  await waitFor('two heartbeats', () => events.blocks.filter((block) => block === ':').length > 2);
  expect(events.nexts).toEqual([]);
  events.socket.destroy();
});

test('a reader that takes nothing for some heartbeats is let go', async () => {
  await startAgain(QUICK_HEARTBEATS);
  const stuck = await open({ query: WIDE });
  await stuck.next(1);
  stuck.socket.pause();
  await append(running.database.writer, wide(1, 900));
  await waitFor(
    'it to be gone',
    async () => (await running.metric('omsx_router_sse_streams_open')) === 0,
    20_000,
  );
  expect(running.feed.status().subscribers).toBe(0);
  stuck.socket.destroy();
}, 60_000);

test('a router that stops ends its streams with a hint when to come back', async () => {
  const events = await open({ method: 'GET' });
  await events.next(1);
  await running.router.close();
  await events.ended;
  const hint = /^: the router stops\nretry: (\d+)$/.exec(events.blocks.at(-1) ?? '');
  expect(Number(hint?.[1])).toBeGreaterThan(0);
  expect(Number(hint?.[1])).toBeLessThanOrEqual(5_000);
});
