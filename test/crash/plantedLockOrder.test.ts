import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { stateFolder } from '../../platform/paths.ts';
import type { Database } from '../../platform/postgres.ts';
import { createPaymentsLane } from '../../subgraphs/payments/commands/lane.ts';
import { checkDeadlocks } from './checkDeadlocks.ts';
import { type Mutant, withMutatedStatement } from './mutants.ts';
import { openPlantedBooks, type PlantedBooks } from './plantedBooks.ts';

/** As for the other planted bugs: the check of the crash test finds this one, and nothing without it. */
const ROUNDS = 25;
/** The bug needs both lanes to lock at the same moment, which a busy machine may put off; the first find ends it. */
const ROUNDS_UNTIL_FOUND_MAX = 500;
/** All accounts are locked by one statement, which has to last long enough to meet the other lane's. */
const ACCOUNTS = 100;
const PAYMENTS_A_ROUND = 100;
const TEST_MAX_MS = 90_000;

let books: PlantedBooks;

beforeEach(async () => {
  books = await openPlantedBooks(ACCOUNTS);
  // A deadlock is looked for after this long; the default of a second would make the mutant slow to find.
  const database = pg.escapeIdentifier(databaseName());
  await books.fixture.rows(`alter database ${database} set deadlock_timeout = '10ms'`);
}, TEST_MAX_MS);

afterEach(async () => {
  await books.close();
});

function databaseName(): string {
  return new URL(books.url).pathname.slice(1);
}

async function findDeadlocks(): Promise<readonly string[]> {
  const log = await readFile(join(stateFolder, 'test', 'postgres', 'postgres.log'), 'utf8');
  return checkDeadlocks(log, databaseName());
}

/** Two lanes, as two processes have, pay between the same accounts until they lock each other or time is over. */
async function payFromTwo(rounds: number, plant: (writer: Database) => Database): Promise<readonly string[]> {
  return await books.withWriter('one', (one) =>
    books.withWriter('two', async (two) => {
      const lanes = [one, two].map((writer) => createPaymentsLane(plant(writer), books.assets));
      let found: readonly string[] = [];
      for (let round = 0; round < rounds && found.length === 0; round++) {
        const payments = Array.from({ length: PAYMENTS_A_ROUND }, () => books.nextPayment());
        await Promise.all(payments.map((payment, index) => lanes[index % 2]?.submit(payment)));
        found = await findDeadlocks();
      }
      await Promise.all(lanes.map((lane) => lane.drain()));
      return found;
    }),
  );
}

test(
  'locking accounts in no stated order is found as deadlocks',
  async () => {
    const mutants: Mutant[] = [];
    const found = await payFromTwo(ROUNDS_UNTIL_FOUND_MAX, (writer) => {
      const mutant = withMutatedStatement(writer, 'ledger.lock_accounts', (text) =>
        text.replace('order by account.id', 'order by random()'),
      );
      mutants.push(mutant);
      return mutant;
    });
    expect(mutants.map((mutant) => mutant.uses() > 0)).toEqual([true, true]);
    expect(found.length).toBeGreaterThan(0);
  },
  TEST_MAX_MS,
);

test(
  'the ledger as it is has none of them',
  async () => {
    expect(await payFromTwo(ROUNDS, (writer) => writer)).toEqual([]);
  },
  TEST_MAX_MS,
);
