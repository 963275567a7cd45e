import pg from 'pg';
import { createFeed } from '../../platform/feed/feed.ts';
import type { Feed } from '../../platform/feed/port.ts';
import { newUuid } from '../../platform/id.ts';
import { keepPartitions } from '../../platform/relay/partitions.ts';
import {
  append,
  newEvent,
  openStreamingDatabase,
  type StreamingDatabase,
  silent,
  takeEvents,
} from './support.ts';

let database: StreamingDatabase;
let feed: Feed;
let owner: pg.Client;

beforeAll(async () => {
  database = await openStreamingDatabase();
  feed = await createFeed({ database: database.router, databaseUrl: database.url, logger: silent });
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});

afterAll(async () => {
  await owner.end();
  await feed.close();
  await database.close();
});

async function partitions(): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'platform.outbox'::regclass order by 1`,
  );
  return rows.map((row) => row.name);
}

test('partitions are made for today and three days ahead, once', async () => {
  expect(await keepPartitions(database.relay, 30)).toEqual({ made: 4, dropped: 0 });
  expect(await keepPartitions(database.relay, 30)).toEqual({ made: 0, dropped: 0 });
  const names = await partitions();
  expect(names).toHaveLength(5);
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  expect(names).toContain(`platform.outbox_${today}`);
  await append(database.writer, [newEvent(newUuid())]);
  const { rows } = await owner.query('select tableoid::regclass::text as name from platform.outbox');
  expect(rows).toEqual([{ name: `platform.outbox_${today}` }]);
});

test('a partition past retention is dropped, and cursors into it have expired with a fresh one at hand', async () => {
  const organizationId = newUuid();
  const before = await feed.position();
  await owner.query(
    `create table platform.outbox_20200101 partition of platform.outbox
       for values from ('2020-01-01T00:00:00Z') to ('2020-01-02T00:00:00Z')`,
  );
  await owner.query(
    `insert into platform.outbox (id, organization_id, type, aggregate_id, version, subjects, payload, occurred_at)
     values ($1, $2, 'CustomerUpdated', $1, 1, '{}', '{}', '2020-01-01T12:00:00Z')`,
    [newUuid(), organizationId],
  );
  // A position may lag behind an open tx of another database of the cluster; the cursor of an event cannot.
  const marker = newEvent(organizationId);
  await append(database.writer, [marker]);
  const after = (await takeEvents(feed, { organizationId, after: before }, 2))[1]?.cursor ?? '';
  const kept = newEvent(organizationId);
  await append(database.writer, [kept]);
  expect(await keepPartitions(database.relay, 30)).toEqual({ made: 0, dropped: 1 });
  expect(await partitions()).not.toContain('platform.outbox_20200101');

  const refused = await takeEvents(feed, { organizationId, after: before }, 1).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
  const { cursor } = (refused as { extensions: { cursor: string } }).extensions;
  const later = newEvent(organizationId);
  await append(database.writer, [later]);
  const fresh = await takeEvents(feed, { organizationId, after: cursor }, 1);
  // The fresh cursor may stand a little before `later`, never after it.
  expect([marker.id, kept.id, later.id]).toContain(fresh[0]?.id);

  const [resumed] = await takeEvents(feed, { organizationId, after }, 1);
  expect(resumed?.id).toBe(kept.id);
});

test('rows that no partition took are dropped from the default one too, when all of them are old', async () => {
  await owner.query(
    `insert into platform.outbox (id, organization_id, type, aggregate_id, version, subjects, payload, occurred_at)
     values ($1, $1, 'CustomerUpdated', $1, 1, '{}', '{}', '2020-03-01T12:00:00Z')`,
    [newUuid()],
  );
  expect(await keepPartitions(database.relay, 30)).toEqual({ made: 0, dropped: 1 });
  const { rows } = await owner.query('select count(*)::int as rows from platform.outbox_default');
  expect(rows).toEqual([{ rows: 0 }]);
});

test('nobody but the relay may ask for it, and the relay cannot drop tables by itself', async () => {
  await expect(keepPartitions(database.router, 30)).rejects.toMatchObject({ code: '42501' });
  const asRelay = new pg.Client({ connectionString: database.url, options: '-c role=omsx_relay' });
  await asRelay.connect();
  await expect(asRelay.query('drop table platform.outbox_default')).rejects.toMatchObject({ code: '42501' });
  await asRelay.end();
});
