import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { loadAssets } from '../../ledger/assets.ts';
import { ORIGIN, type Position } from '../../platform/cursor.ts';
import { readAfterOfOrganization } from '../../platform/feed/outboxRows.ts';
import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { stateFolder } from '../../platform/paths.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { readCreateTransaction } from '../../subgraphs/payments/commands/createTransaction.ts';
import { createPaymentsLane, type PaymentsLane } from '../../subgraphs/payments/commands/lane.ts';
import type { CreateCommand } from '../../subgraphs/payments/domain/command.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { type Fixture, openFixture } from '../payments/fixture.ts';
import { checkAcknowledged } from './checkAcknowledged.ts';
import { checkDeadlocks } from './checkDeadlocks.ts';
import { checkDeliveries, type Delivery } from './checkDeliveries.ts';
import { readFacts } from './facts.ts';
import type { Acknowledged } from './journal.ts';
import { acknowledgingEarly, type Mutant, withMutatedStatement } from './mutants.ts';
import { createRandom } from './random.ts';

/**
 * Can these tests fail? Each known bug is planted and must be found, by the very checks that the crash test ends
 * with; and the same scenario without the bug must pass them, so that it is the bug which is found.
 */
const ACCOUNTS = 6;
const OPENING_MINOR = 1_000_000n;
const AMOUNT_MINOR = 100n;
const random = createRandom(20_260_101);

let fixture: Fixture;
let organizationId: Uuid;
let accountIds: readonly Uuid[];
let serial = 0;

beforeEach(async () => {
  fixture = await openFixture();
  organizationId = await fixture.addOrganization();
  const opened: Uuid[] = [];
  for (let index = 0; index < ACCOUNTS; index++) {
    opened.push(await fixture.openAccount(organizationId, { amountMinor: OPENING_MINOR }));
  }
  accountIds = opened;
});

afterEach(async () => {
  await fixture.close();
});

/** A payment between two of the accounts, under a key of its own. */
function nextCommand(assets: Awaited<ReturnType<typeof loadAssets>>): CreateCommand {
  const [source, destination] = random.shuffle(accountIds) as [Uuid, Uuid];
  serial++;
  const command = readCreateTransaction(
    organizationId,
    {
      idempotencyKey: `planted-${serial}`,
      sourceId: formatId('acc', source),
      destinationId: formatId('acc', destination),
      amount: '1.00',
      asset: 'USD',
      metadata: [{ key: 'key', value: `planted-${serial}` }],
    },
    assets,
  );
  if (!('operation' in command)) throw new Error(command.message);
  return command;
}

async function withWriter<T>(name: string, work: (writer: Database) => Promise<T>): Promise<T> {
  const { url } = fixture;
  const writer = await openDatabase({
    url,
    role: 'omsx_payments_writer',
    poolMax: 2,
    applicationName: name,
  });
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
}

describe('acknowledging before the commit', () => {
  const WAVES = 8;
  const WAVE = 5;
  const COMMIT_LATE_MS = 100;

  /** Pays in waves; whenever one is acknowledged the lane's connections are cut, as a crash would. */
  async function payAndCut(database: Database): Promise<readonly string[]> {
    const assets = await loadAssets(fixture.books);
    const lane = createPaymentsLane(database, assets);
    const promises: Acknowledged[] = [];
    for (let wave = 0; wave < WAVES; wave++) {
      const commands = Array.from({ length: WAVE }, () => nextCommand(assets));
      promises.push(...(await Promise.all(commands.map((command) => acknowledge(lane, command)))));
      await fixture.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut'`,
      );
    }
    await lane.drain();
    const facts = await readFacts(fixture.url, organizationId);
    return checkAcknowledged(promises, facts, OPENING_MINOR * BigInt(ACCOUNTS)).map((fault) => fault.kind);
  }

  async function acknowledge(lane: PaymentsLane, command: CreateCommand): Promise<Acknowledged> {
    const { result, replayed } = await lane.submit(command);
    return {
      operation: 'createTransaction',
      idempotencyKey: String(command.idempotencyKey),
      typename: result.type,
      id: result.type === 'Transaction' ? formatId('txn', result.transactionId as Uuid) : null,
      status: null,
      targetId: null,
      amountMinor: AMOUNT_MINOR,
      isHeld: false,
      replayed,
      attempts: 1,
    };
  }

  test('is found as payments that are lost', async () => {
    await withWriter('cut', async (writer) => {
      const mutant = acknowledgingEarly(writer, COMMIT_LATE_MS);
      expect(await payAndCut(mutant)).toContain('LOST');
      expect(mutant.uses()).toBeGreaterThan(0);
    });
  });

  test('which the lane as it is does not lose', async () => {
    await withWriter('cut', async (writer) => {
      expect(await payAndCut(writer)).toEqual([]);
    });
  });
});

describe('locking accounts in no stated order', () => {
  const ROUNDS = 40;
  const WAVE = 100;
  /** All are locked by one statement, which has to last long enough to meet the other lane's. */
  const MORE_ACCOUNTS = 100;

  /** Two lanes, as two processes have, pay between the same accounts. */
  async function payFromTwo(plant: (writer: Database) => Database): Promise<readonly string[]> {
    // A deadlock is looked for after this long; the default of a second would make the mutant slow to find.
    const database = new URL(fixture.url).pathname.slice(1);
    await fixture.rows(`alter database ${pg.escapeIdentifier(database)} set deadlock_timeout = '10ms'`);
    const assets = await loadAssets(fixture.books);
    const more: Uuid[] = [];
    for (let index = 0; index < MORE_ACCOUNTS; index++) {
      more.push(await fixture.openAccount(organizationId, { amountMinor: OPENING_MINOR }));
    }
    accountIds = more;
    await withWriter('one', (one) =>
      withWriter('two', async (two) => {
        const lanes = [one, two].map((writer) => createPaymentsLane(plant(writer), assets));
        for (let round = 0; round < ROUNDS; round++) {
          await Promise.all(
            lanes.flatMap((lane) => Array.from({ length: WAVE }, () => lane.submit(nextCommand(assets)))),
          );
        }
        await Promise.all(lanes.map((lane) => lane.drain()));
      }),
    );
    const log = await readFile(join(stateFolder, 'test', 'postgres', 'postgres.log'), 'utf8');
    return checkDeadlocks(log, database);
  }

  test('is found as deadlocks', async () => {
    const mutants: Mutant[] = [];
    const found = await payFromTwo((writer) => {
      const mutant = withMutatedStatement(writer, 'ledger.lock_accounts', (text) =>
        text.replace('order by account.id', 'order by random()'),
      );
      mutants.push(mutant);
      return mutant;
    });
    expect(mutants.map((mutant) => mutant.uses() > 0)).toEqual([true, true]);
    expect(found.length).toBeGreaterThan(0);
  });

  test('which the ledger as it is never has', async () => {
    expect(await payFromTwo((writer) => writer)).toEqual([]);
  });
});

describe('a cursor of the sequence number alone', () => {
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

  const append = (writer: pg.Client, aggregateId: Uuid): Promise<unknown> =>
    writer.query(
      `insert into platform.outbox (id, organization_id, type, aggregate_id, version, subjects, payload)
       values ($1, $2, 'TransactionCreated', $3, 1, '{}', '{}')`,
      [newUuid(), organizationId, aggregateId],
    );

  /** Two txs overlap: the one that took its number first commits last, and a subscriber reads in between. */
  async function readBetween(feed: Database): Promise<readonly string[]> {
    const [first, second] = writers as [pg.Client, pg.Client];
    const received: Delivery[] = [];
    let after: Position = ORIGIN;
    const resume = async (): Promise<void> => {
      const page = await readAfterOfOrganization(feed, organizationId, after, 100);
      received.push(...page.events.map(({ event }) => ({ id: event.aggregateId, version: event.version })));
      after = page.events.at(-1)?.position ?? after;
    };
    await first.query('begin');
    await append(first, newUuid());
    await append(second, newUuid());
    await resume();
    await first.query('commit');
    await resume();
    const committed = await second.query<Delivery>(
      'select aggregate_id as id, version from platform.outbox order by xid, seq',
    );
    return checkDeliveries(committed.rows, received).map((fault) => fault.kind);
  }

  test('is found as a version that never came', async () => {
    const mutant = withMutatedStatement(reader, 'feed.after_of_organization', (text) =>
      text
        .replace('(xid, seq) > ($2::xid8, $3::bigint)', 'seq > $3::bigint and $2::xid8 is not null')
        .replace('and xid < horizon.xmin', '')
        .replaceAll('order by xid, seq', 'order by seq'),
    );
    expect(await readBetween(mutant)).toEqual(['LOST_VERSION']);
    expect(mutant.uses()).toBe(2);
  });

  test('which the cursor as it is does not lose', async () => {
    expect(await readBetween(reader)).toEqual([]);
  });
});
