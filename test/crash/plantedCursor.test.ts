import pg from 'pg';
import { sleep } from '../../platform/clock.ts';
import { ORIGIN, type Position } from '../../platform/cursor.ts';
import { readAfterOfOrganization } from '../../platform/feed/outboxRows.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { checkDeliveries, type Delivery } from './checkDeliveries.ts';
import { withMutatedStatement } from './mutants.ts';

/** As for the other planted bugs: the check of the crash test finds this one, and nothing without it. */
const PAGE = 100;
const POLL_MS = 20;
const organizationId = newUuid();

let database: TestDatabase;
let reader: Database;
let writers: readonly pg.Client[];

beforeEach(async () => {
  database = await createTestDatabase();
  reader = await openDatabase({ url: database.url, role: 'omsx_router', poolMax: 1 });
  const opened = [1, 2].map(() => new pg.Client({ connectionString: database.url }));
  for (const writer of opened) await writer.connect();
  writers = opened;
});

afterEach(async () => {
  for (const writer of writers) await writer.end();
  await reader.close();
  await database.drop();
});

function append(writer: pg.Client, aggregateId: Uuid): Promise<unknown> {
  return writer.query(
    `insert into platform.outbox (id, organization_id, type, aggregate_id, version, subjects, payload)
     values ($1, $2, 'TransactionCreated', $3, 1, '{}', '{}')`,
    [newUuid(), organizationId, aggregateId],
  );
}

/**
 * Two txs overlap: the one that took its number first commits last, and a subscriber reads in between. Afterwards it
 * may read again for `waitMs`, as a tx of another test on the same server holds back the horizon of all.
 */
async function readBetween(feed: Database, waitMs: number): Promise<readonly string[]> {
  const [first, second] = writers as [pg.Client, pg.Client];
  const received: Delivery[] = [];
  let after: Position = ORIGIN;
  const resume = async (): Promise<void> => {
    const page = await readAfterOfOrganization(feed, organizationId, after, PAGE);
    received.push(...page.events.map(({ event }) => ({ id: event.aggregateId, version: event.version })));
    after = page.events.at(-1)?.position ?? after;
  };
  await first.query('begin');
  await append(first, newUuid());
  await append(second, newUuid());
  await resume();
  await first.query('commit');
  await resume();
  for (const deadline = Date.now() + waitMs; received.length < 2 && Date.now() < deadline; ) {
    await sleep(POLL_MS);
    await resume();
  }
  const committed = await second.query<Delivery>(
    'select aggregate_id as id, version from platform.outbox order by xid, seq',
  );
  return checkDeliveries(committed.rows, received).map((fault) => fault.kind);
}

test('a cursor of the sequence number alone is found as a version that never came', async () => {
  const mutant = withMutatedStatement(reader, 'feed.after_of_organization', (text) =>
    text
      .replace('(xid, seq) > ($2::xid8, $3::bigint)', 'seq > $3::bigint and $2::xid8 is not null')
      .replace('and xid < snapshot.xmin', '')
      .replaceAll('order by xid, seq', 'order by seq'),
  );
  expect(await readBetween(mutant, 0)).toEqual(['LOST_VERSION']);
  expect(mutant.uses()).toBe(2);
});

test('the cursor as it is loses none', async () => {
  expect(await readBetween(reader, 10_000)).toEqual([]);
});
