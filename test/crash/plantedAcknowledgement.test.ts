import { formatId, type Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import { createPaymentsLane, type PaymentsLane } from '../../subgraphs/payments/commands/lane.ts';
import type { CreateCommand } from '../../subgraphs/payments/domain/command.ts';
import { checkAcknowledged } from './checkAcknowledged.ts';
import { readFacts } from './facts.ts';
import type { Acknowledged } from './journal.ts';
import { acknowledgingEarly } from './mutants.ts';
import { AMOUNT_MINOR, openPlantedBooks, type PlantedBooks } from './plantedBooks.ts';

/**
 * Can the crash test fail? A known bug is planted and must be found by the very check that the crash test ends
 * with; and the same scenario without the bug must pass, so that it is the bug which is found.
 */
const ACCOUNTS = 6;
const WAVES = 8;
const PAYMENTS_A_WAVE = 5;
const COMMIT_LATE_MS = 100;

let books: PlantedBooks;

beforeEach(async () => {
  books = await openPlantedBooks(ACCOUNTS);
});

afterEach(async () => {
  await books.close();
});

/** Pays in waves; whenever one is acknowledged the lane's connections are cut, as a crash would. */
async function payAndCut(database: Database): Promise<readonly string[]> {
  const lane = createPaymentsLane(database, books.assets);
  const promises: Acknowledged[] = [];
  for (let wave = 0; wave < WAVES; wave++) {
    const commands = Array.from({ length: PAYMENTS_A_WAVE }, () => books.nextPayment());
    promises.push(...(await Promise.all(commands.map((command) => acknowledge(lane, command)))));
    await books.fixture.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut'`,
    );
  }
  await lane.drain();
  const facts = await readFacts(books.url, books.organizationId);
  return checkAcknowledged(promises, facts, books.fundedMinor).map((fault) => fault.kind);
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

test('acknowledging before the commit is found as payments that are lost', async () => {
  await books.withWriter('cut', async (writer) => {
    const mutant = acknowledgingEarly(writer, COMMIT_LATE_MS);
    expect(await payAndCut(mutant)).toContain('LOST');
    expect(mutant.uses()).toBeGreaterThan(0);
  });
});

test('the lane as it is loses none of them', async () => {
  await books.withWriter('cut', async (writer) => {
    expect(await payAndCut(writer)).toEqual([]);
  });
});
