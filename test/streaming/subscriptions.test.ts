import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import {
  connectAs,
  KEY,
  LIMITED_KEY,
  type Message,
  type RawClient,
  type RunningRouter,
  startTestRouter,
} from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, pause, waitFor } from './support.ts';

let running: RunningRouter;

beforeAll(async () => {
  running = await startTestRouter();
});
afterEach(() => waitFor('everybody to be gone', () => running.feed.status().subscribers === 0));
afterAll(() => running.close());

/** Starts anew, with nothing counted yet. */
async function startAgain(): Promise<void> {
  await running.close();
  running = await startTestRouter();
}

const UPDATES = `subscription ($after: Cursor, $filter: TransactionUpdateFilter) {
  transactionUpdates(after: $after, filter: $filter) { cursor event { version } transaction { id } } }`;

interface Update {
  readonly cursor: string;
  readonly event: { readonly version: number } | null;
  readonly transaction: { readonly id: string } | null;
}

function updatesOf(messages: readonly Message[], field = 'transactionUpdates'): Update[] {
  return messages.map(
    (message) => (message.payload as { data: Record<string, Update> }).data[field] as Update,
  );
}

function completed(version: number, change: Partial<NewEvent> = {}): NewEvent {
  const aggregateId = change.aggregateId ?? newUuid();
  return newEvent(running.organizationId, {
    type: 'TransactionCompleted',
    aggregateId,
    version,
    subjects: [aggregateId],
    payload: transactionPayload(aggregateId, version),
    ...change,
  });
}

async function subscribe(
  client: RawClient,
  query: string,
  variables: Record<string, unknown> = {},
  id = 's',
): Promise<void> {
  const before = client.messages.filter((message) => message.type === 'next').length;
  client.send({ id, type: 'subscribe', payload: { query, variables } });
  if (variables.after === undefined) await client.next('next', before + 1);
}

test('without a cursor the first message has one and no event; then events come in order', async () => {
  const client = await connectAs(running.router.wsUrl);
  await subscribe(client, UPDATES);
  const events = [completed(1), completed(2), completed(3)];
  await append(running.database.writer, events);
  const [first, ...rest] = updatesOf(await client.next('next', 4));
  expect(first).toMatchObject({ event: null, transaction: null, cursor: expect.stringMatching(/^c/) });
  expect(rest.map((update) => update.event?.version)).toEqual([1, 2, 3]);
  expect(rest.map((update) => update.transaction?.id)).toEqual(
    events.map((event) => formatId('txn', event.aggregateId)),
  );
  client.socket.close();
});

test('a client that was cut off resumes from its last cursor without gap or duplicate', async () => {
  const first = await connectAs(running.router.wsUrl);
  await subscribe(first, UPDATES);
  await append(running.database.writer, [completed(1), completed(2)]);
  const seen = updatesOf(await first.next('next', 3));
  first.socket.terminate();
  await append(running.database.writer, [completed(3), completed(4)]);
  const second = await connectAs(running.router.wsUrl);
  await subscribe(second, UPDATES, { after: seen[1]?.cursor });
  await second.next('next', 3);
  await append(running.database.writer, [completed(5)]);
  const resumed = updatesOf(await second.next('next', 4));
  expect(resumed.map((update) => update.event?.version)).toEqual([2, 3, 4, 5]);
  second.socket.close();
});

test('filters look for the customer, account or wallet among the subjects, all at once', async () => {
  const [customer, account] = [newUuid(), newUuid()];
  const client = await connectAs(running.router.wsUrl);
  const filter = { customerId: formatId('cus', customer), walletId: formatId('wal', account) };
  await subscribe(client, UPDATES, { filter });
  await append(running.database.writer, [
    completed(1, { subjects: [customer] }),
    completed(2, { subjects: [account] }),
    completed(3, { subjects: [account, customer] }),
  ]);
  const updates = updatesOf(await client.next('next', 2));
  expect(updates[1]?.event?.version).toBe(3);
  client.socket.close();
});

test('transactionUpdated tells of one transaction, balanceUpdates of one account', async () => {
  const [mine, account] = [newUuid(), newUuid()];
  const client = await connectAs(running.router.wsUrl);
  const ONE =
    'subscription ($id: ID!) { transactionUpdated(id: $id) { event { version } transaction { id } } }';
  const BALANCE = 'subscription ($id: ID!) { balanceUpdates(accountId: $id) { cursor account { id name } } }';
  await subscribe(client, ONE, { id: formatId('txn', mine) }, 'one');
  await subscribe(client, BALANCE, { id: formatId('acc', account) }, 'balance');
  const payload = JSON.parse(transactionPayload(mine, 3)) as { balances: unknown[] };
  payload.balances.push({
    accountId: account,
    asset: 'USD',
    posted: '1',
    pending: '1',
    available: '1',
    version: '1',
  });
  await append(running.database.writer, [
    completed(9),
    completed(3, { aggregateId: mine, payload: JSON.stringify(payload) }),
  ]);
  const messages = await client.next('next', 4);
  const of = (id: string, field: string): Update[] =>
    updatesOf(
      messages.filter((message) => message.id === id),
      field,
    );
  expect(of('one', 'transactionUpdated').map((update) => update.event?.version ?? null)).toEqual([null, 3]);
  expect(of('one', 'transactionUpdated')[0]?.transaction?.id).toBe(formatId('txn', mine));
  expect(of('balance', 'balanceUpdates')).toHaveLength(2);
  client.socket.close();
});

test('a message is resolved once for all who get the same, wherever they started from', async () => {
  await startAgain();
  const start = await running.feed.position();
  const clients = await Promise.all(Array.from({ length: 5 }, () => connectAs(running.router.wsUrl)));
  await Promise.all(clients.map((client, n) => subscribe(client, UPDATES, n % 2 ? { after: start } : {})));
  await waitFor(
    'all to be live',
    async () => (await running.metric('omsx_router_replay_seconds_count')) === 2,
  );
  expect(await running.metric('omsx_router_subscriptions_open')).toBe(5);
  // The feed is read once for all of them.
  expect(running.feed.status().subscribers).toBe(1);
  running.world.requests.payments.length = 0;
  await append(running.database.writer, [completed(1), completed(2)]);
  await Promise.all(clients.map((client, n) => client.next('next', n % 2 ? 2 : 3)));
  expect(running.world.requests.payments).toHaveLength(2);
  const frames = clients.map((client) =>
    updatesOf(client.messages.filter(({ type }) => type === 'next')).at(-1),
  );
  expect(new Set(frames.map((frame) => JSON.stringify(frame))).size).toBe(1);
  for (const client of clients) client.socket.close();
});

test('a viewer without the scope is refused, and one with fewer scopes does not share with the others', async () => {
  const client = await connectAs(running.router.wsUrl, LIMITED_KEY);
  client.send({ id: 's', type: 'subscribe', payload: { query: UPDATES } });
  const [error] = await client.next('error');
  expect(error?.payload).toMatchObject([{ extensions: { code: 'FORBIDDEN', scope: 'transactions:read' } }]);
  client.socket.close();
});

test("a client token of one customer gets that customer's events only", async () => {
  const customerId = newUuid();
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('client', { ...viewer, kind: 'CLIENT', customerId });
  const client = await connectAs(running.router.wsUrl, 'client');
  await subscribe(client, UPDATES);
  await append(running.database.writer, [completed(1), completed(2, { subjects: [customerId] })]);
  const updates = updatesOf(await client.next('next', 2));
  expect(updates[1]?.event?.version).toBe(2);
  client.socket.close();
});

test("another organization's events never come", async () => {
  const client = await connectAs(running.router.wsUrl);
  await subscribe(client, UPDATES);
  const other = newUuid() as Uuid;
  await append(running.database.writer, [{ ...completed(1), organizationId: other }, completed(2)]);
  const updates = updatesOf(await client.next('next', 2));
  expect(updates[1]?.event?.version).toBe(2);
  client.socket.close();
});

test('a revoked key closes its sockets with 4403 within 5 s, and others stay', async () => {
  const viewer = running.viewers.get(KEY);
  if (!viewer) throw new Error('the key has a viewer');
  running.viewers.set('doomed', viewer);
  const [doomed, other] = [
    await connectAs(running.router.wsUrl, 'doomed'),
    await connectAs(running.router.wsUrl),
  ];
  const revokedAtMs = Date.now();
  running.viewers.delete('doomed');
  expect(await doomed.closed).toMatchObject({ code: 4403 });
  expect(Date.now() - revokedAtMs).toBeLessThan(5_000);
  expect(other.socket.readyState).toBe(other.socket.OPEN);
  other.socket.close();
});

test('a slow socket stops pulling, others are not delayed, and it gets everything in the end', async () => {
  await startAgain();
  const [slow, quick] = [await connectAs(running.router.wsUrl), await connectAs(running.router.wsUrl)];
  // A long alias makes a large message at little cost.
  const WIDE = `subscription { transactionUpdates { cursor event { version } ${'x'.repeat(20_000)}: cursor } }`;
  await subscribe(slow, WIDE);
  await subscribe(quick, WIDE);
  slow.socket.pause();
  const total = 800;
  for (let batch = 0; batch < 4; batch++) {
    await append(
      running.database.writer,
      Array.from({ length: 200 }, (_, n) => completed(batch * 200 + n + 1)),
    );
  }
  await waitFor('the quick one', () => quick.messages.length >= total, 25_000);
  // What the slow one was sent fits its buffers: the rest is not even resolved for it.
  const sent = await running.metric('omsx_router_messages_sent_total');
  expect(sent).toBeGreaterThan(total);
  expect(sent).toBeLessThan(1.9 * total);
  slow.socket.resume();
  await waitFor(
    'the slow one',
    () => slow.messages.filter(({ type }) => type === 'next').length === total + 1,
    25_000,
  );
  const versions = updatesOf(slow.messages.filter(({ type }) => type === 'next')).map(
    ({ event }) => event?.version,
  );
  expect(versions.slice(1)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
  slow.socket.close();
  quick.socket.close();
}, 60_000);

test('on shutdown sockets are closed with 1001 and a hint when to come back', async () => {
  const client = await connectAs(running.router.wsUrl);
  await subscribe(client, UPDATES);
  await Promise.all([running.router.close(), pause(0)]);
  const { code, reason } = await client.closed;
  expect(code).toBe(1001);
  expect(reason).toMatch(/^retry-after-ms=\d+$/);
});
