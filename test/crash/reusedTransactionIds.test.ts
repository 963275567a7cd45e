import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { runMigrations } from '../../migrations/run.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../../platform/embedded/postgres.ts';
import { createFeed } from '../../platform/feed/feed.ts';
import type { Feed } from '../../platform/feed/port.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';

/**
 * A tx that is rolled back leaves nothing in the write-ahead log that anybody waits for. When Postgres is killed
 * before its log writer comes by, recovery does not know of the rolled-back ids and gives them out again: the next
 * commits have ids *below* a snapshot's xmin of before the crash. A cursor that stands at such an xmin is then ahead
 * of events that were committed after it was given.
 */
const organizationId = newUuid();
const ROLLED_BACK = 5;
const WAIT_MS = 5_000;
const TAIL_SEES_MS = 250;
/** So late that the log writer does not come by in the middle of the test. */
const settings = { wal_writer_delay: '10s' };

let folder: string;
let port: number;
const servers: EmbeddedPostgres[] = [];

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  port = await choosePort([]);
}, 60_000);

afterAll(async () => {
  for (const server of servers) await server.stop();
  await removeFolder(folder);
}, 60_000);

/** Shared, because this process still holds its claim on the folder when it starts the killed server again. */
async function startServer(): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ folder, port, shared: true, settings });
  servers.push(server);
  return server;
}

const append = (writer: pg.Client, aggregateId: Uuid): Promise<unknown> =>
  writer.query(
    `insert into platform.outbox (id, organization_id, type, aggregate_id, version, subjects, payload)
     values ($1, $2, 'TransactionCreated', $3, 1, '{}', '{}')`,
    [newUuid(), organizationId, aggregateId],
  );

async function withWriter<T>(url: string, work: (writer: pg.Client) => Promise<T>): Promise<T> {
  const writer = new pg.Client({ connectionString: url });
  writer.on('error', () => undefined);
  await writer.connect();
  try {
    return await work(writer);
  } finally {
    await writer.end().catch(() => undefined);
  }
}

async function withFeed<T>(databaseUrl: string, work: (feed: Feed) => Promise<T>): Promise<T> {
  const database: Database = await openDatabase({ url: databaseUrl, role: 'omsx_router', poolMax: 2 });
  const logger = createLogger({ level: 'silent', name: 'test' });
  const feed = await createFeed({ database, databaseUrl, redis: null, logger });
  try {
    return await work(feed);
  } finally {
    await feed.close().catch(() => undefined);
    await database.close().catch(() => undefined);
  }
}

async function rollBackSome(writer: pg.Client): Promise<void> {
  await append(writer, newUuid());
  for (let count = 0; count < ROLLED_BACK; count++) {
    await writer.query('begin');
    await append(writer, newUuid());
    await writer.query('rollback');
  }
}

/** A cursor of just after some rolled-back txs, and Postgres killed right then. */
async function cursorBeforeCrash(server: EmbeddedPostgres): Promise<string> {
  return await withFeed(server.url, (feed) =>
    withWriter(server.url, async (writer) => {
      await rollBackSome(writer);
      const cursor = await feed.position();
      await server.kill9();
      return cursor;
    }),
  );
}

/** The first event that a subscriber gets who resumes at `cursor`; null when there is none in time. */
async function resume(databaseUrl: string, cursor: string): Promise<string | null> {
  return await withFeed(databaseUrl, async (feed) => {
    const signal = AbortSignal.timeout(WAIT_MS);
    const items = feed.subscribe({ organizationId, matches: () => true, after: cursor, signal });
    for await (const item of items) if (item.kind === 'EVENT') return item.event.aggregateId;
    return null;
  });
}

test.each([
  { name: 'at once', moreIds: 0 },
  { name: 'after other txs', moreIds: ROLLED_BACK * 2 },
])('an event committed after a crash reaches who resumes from before it, $name', async ({ moreIds }) => {
  const first = await startServer();
  await runMigrations(first.url);
  const cursor = await cursorBeforeCrash(first);
  const second = await startServer();
  const aggregateId = newUuid();
  await withWriter(second.url, async (writer) => {
    await append(writer, aggregateId);
    for (let count = 0; count < moreIds; count++) await writer.query('select pg_current_xact_id()');
  });
  expect(await resume(second.url, cursor)).toBe(aggregateId);
});

test('an event committed after a crash reaches who watches live all the time', async () => {
  const first = await startServer();
  await runMigrations(first.url);
  const aggregateId = newUuid();
  const seen = await withFeed(first.url, async (feed) => {
    const signal = AbortSignal.timeout(WAIT_MS * 2);
    const watching = (async () => {
      for await (const item of feed.subscribe({ organizationId, matches: () => true, after: null, signal })) {
        if (item.kind === 'EVENT' && item.event.aggregateId === aggregateId) return true;
      }
      return false;
    })();
    await withWriter(first.url, rollBackSome);
    // The tail looks every 100 ms, and takes what it sees for everything there is up to there.
    await sleep(TAIL_SEES_MS);
    await first.kill9();
    const second = await startServer();
    await withWriter(second.url, (writer) => append(writer, aggregateId));
    return await watching;
  });
  expect(seen).toBe(true);
});
