import pg from 'pg';
import { createFeed } from '../../platform/feed/feed.ts';
import type { Feed } from '../../platform/feed/port.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { appendEvents } from '../../platform/outbox.ts';
import { statement } from '../../platform/statement.ts';
import {
  append,
  collect,
  newEvent,
  openStreamingDatabase,
  pause,
  type StreamingDatabase,
  silent,
  takeEvents,
  waitFor,
} from './support.ts';

let database: StreamingDatabase;
let feed: Feed;

beforeAll(async () => {
  database = await openStreamingDatabase();
  feed = await createFeed({ database: database.router, databaseUrl: database.url, logger: silent });
});

afterAll(async () => {
  await feed.close();
  await database.close();
});

const SLEEP = statement('test.sleep', 'select pg_sleep($1::float8 / 1000)');
const TAKE_XID = statement('test.take_xid', 'select pg_current_xact_id()');

/** Txs whose order of starting, of taking a number and of committing differ at random. */
async function writeConcurrently(organizationId: Uuid, writers: number, txEach: number): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let n = 0; n < txEach; n++) {
        await database.writer.write(async (tx) => {
          if (Math.random() < 0.5) await tx.rows(TAKE_XID);
          await tx.rows(SLEEP, [Math.random() * 8]);
          const events = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () =>
            newEvent(organizationId),
          );
          await appendEvents(tx, events);
          await tx.rows(SLEEP, [Math.random() * 12]);
        });
      }
    }),
  );
}

async function storedIds(organizationId: Uuid): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    'select id from platform.outbox where organization_id = $1 order by xid, seq',
    [organizationId],
  );
  await client.end();
  return rows.map((row) => row.id);
}

test('a live reader gets every event of concurrent writers once and in order, and any cursor resumes the rest', async () => {
  const organizationId = newUuid();
  const start = await feed.position();
  const live = collect(feed, organizationId);
  await waitFor('the reader', () => live.items.length === 1);
  await writeConcurrently(organizationId, 5, 12);
  const expected = await storedIds(organizationId);
  await live.until(expected.length);
  await live.stop();
  expect(live.events.map((event) => event.id)).toEqual(expected);

  const cursors = [start, ...live.events.map((event) => event.cursor)];
  for (const [index, after] of cursors.entries()) {
    const rest = expected.slice(index);
    if (rest.length === 0) continue;
    const resumed = await takeEvents(feed, { organizationId, after }, rest.length);
    expect(resumed.map((event) => event.id)).toEqual(rest);
  }
});

test('readers that come and go while writers write miss nothing between replay and live', async () => {
  const organizationId = newUuid();
  let after = await feed.position();
  const writing = writeConcurrently(organizationId, 4, 25);
  let done = false;
  void writing.then(() => {
    done = true;
  });
  const seen: string[] = [];
  while (!done) {
    const events = await takeEvents(feed, { organizationId, after }, 1 + Math.floor(Math.random() * 12), 200);
    seen.push(...events.map((event) => event.id));
    after = events.at(-1)?.cursor ?? after;
  }
  await writing;
  const expected = await storedIds(organizationId);
  const missing = expected.length - seen.length;
  const rest = missing > 0 ? await takeEvents(feed, { organizationId, after }, missing) : [];
  expect([...seen, ...rest.map((event) => event.id)]).toEqual(expected);
});

test('an event whose number was taken before that of one already read is not lost', async () => {
  const organizationId = newUuid();
  const live = collect(feed, organizationId);
  await waitFor('the reader', () => live.items.length === 1);
  const late = new pg.Client({ connectionString: database.url });
  await late.connect();
  // The number first, in a tx of its own; the row much later, with a younger xid.
  const { rows } = await late.query("select nextval('platform.outbox_seq_seq') as seq");
  const [other, lost] = [newEvent(organizationId), newEvent(organizationId)];
  await append(database.writer, [other]);
  await live.until(1);
  await late.query(
    `insert into platform.outbox (seq, id, organization_id, type, aggregate_id, version, subjects, payload)
     overriding system value values ($1, $2, $3, 'CustomerUpdated', $4, 1, '{}', '{}')`,
    [rows[0]?.seq, lost.id, organizationId, lost.aggregateId],
  );
  await late.end();
  await live.until(2);
  await live.stop();
  expect(live.events.map((event) => event.id)).toEqual([other.id, lost.id]);
});

test('an event waits for an older tx that is still running, and comes after it', async () => {
  const organizationId = newUuid();
  const live = collect(feed, organizationId);
  await waitFor('the reader', () => live.items.length === 1);
  const [first, second] = [newEvent(organizationId), newEvent(organizationId)];
  await database.writer.write(async (tx) => {
    await appendEvents(tx, [first]);
    await append(database.writer, [second]);
    await pause(150);
    expect(live.events).toEqual([]);
  });
  await live.until(2);
  await live.stop();
  expect(live.events.map((event) => event.id)).toEqual([first.id, second.id]);
});

test('a cursor taken while a tx is open does not skip what that tx writes', async () => {
  const organizationId = newUuid();
  const event = newEvent(organizationId);
  const after = await database.writer.write(async (tx) => {
    await appendEvents(tx, [event]);
    return await feed.position();
  });
  const [got] = await takeEvents(feed, { organizationId, after }, 1);
  expect(got?.id).toBe(event.id);
});

test('events still come when the connection that hears the hints is cut, and hints are heard again', async () => {
  const organizationId = newUuid();
  const live = collect(feed, organizationId);
  await waitFor('the reader', () => live.items.length === 1);
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const listeners = async (condition: string) =>
    (
      await admin.query(
        `select ${condition} from pg_stat_activity
          where application_name = 'omsx feed' and datname = current_database() and query ilike 'listen%'`,
      )
    ).rowCount;
  expect(await listeners('pg_terminate_backend(pid)')).toBe(1);
  await append(database.writer, [newEvent(organizationId)]);
  await live.until(1);
  expect(live.events).toHaveLength(1);
  await waitFor('a new listener', async () => (await listeners('1')) === 1);
  await admin.end();
  await live.stop();
});

test('another organization gets nothing', async () => {
  const mine = collect(feed, newUuid());
  await waitFor('the reader', () => mine.items.length === 1);
  await append(database.writer, [newEvent(newUuid())]);
  await pause(300);
  await mine.stop();
  expect(mine.events).toEqual([]);
});

test('a reader that falls behind its buffer is moved to replay and loses nothing', async () => {
  const organizationId = newUuid();
  const stop = new AbortController();
  const items = feed.subscribe({ organizationId, matches: () => true, after: null, signal: stop.signal });
  await items.next();
  const overflowsBefore = feed.status().overflows;
  const written: string[] = [];
  for (let batch = 0; batch < 4; batch++) {
    const events = Array.from({ length: 700 }, () => newEvent(organizationId));
    written.push(...events.map((event) => event.id));
    await append(database.writer, events);
  }
  await waitFor('the overflow', () => feed.status().overflows > overflowsBefore);
  const got: string[] = [];
  for await (const item of items) {
    if (item.kind === 'EVENT') got.push(item.event.id);
    if (got.length === written.length) break;
  }
  stop.abort();
  expect(got).toEqual(written);
});

test('a closed feed and an aborted reader end without an error', async () => {
  const stop = new AbortController();
  const items = feed.subscribe({
    organizationId: newUuid(),
    matches: () => true,
    after: null,
    signal: stop.signal,
  });
  await items.next();
  const waiting = items.next();
  stop.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(feed.status().subscribers).toBe(0);
});

test.each(['', 'nonsense', 'c1', 'c1-2-3', 'cZZ-1', 'c1-zzzzzzzzzzzzzzz'])(
  'the cursor %j is refused',
  async (after) => {
    await expect(takeEvents(feed, { organizationId: newUuid(), after }, 1)).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  },
);

test('a cursor of another deployment, ahead of all events, is refused rather than waited for', async () => {
  await expect(
    takeEvents(feed, { organizationId: newUuid(), after: 'c7vvvvvvvvvvv-0' }, 1),
  ).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
});
