import fc from 'fast-check';
import type { LedgerAccount } from '../../ledger/account.ts';
import type { JournalResult } from '../../ledger/apply.ts';
import { checkLedger } from '../../ledger/check.ts';
import { createPostingLane } from '../../ledger/lane.ts';
import { lockState } from '../../ledger/state.ts';
import { type Journal, type NewSingle, TRANSFER_COLUMNS, type Transfer } from '../../ledger/transfer.ts';
import type { Lane } from '../../platform/lane.ts';
import { type Database, type Tx, violatedConstraint } from '../../platform/postgres.ts';
import { journalOf, testAccount } from './books.ts';
import { journalPlans, SCOPE_IDS, type Scope, scopeAccounts, scopeAt, toJournals } from './commands.ts';
import { type LedgerDatabase, openLedgerDatabase, storeAccounts, storedAccounts } from './database.ts';
import { LedgerModel, type ModelResult } from './model.ts';

const CLIENTS = 32;
const JOURNALS_MAX = 25;
const RUNS = Number.parseInt(process.env.LEDGER_RUNS ?? '6', 10);
const HOUR_MS = 3_600_000;

let ledger: LedgerDatabase;
let lanes: readonly Lane<Journal, JournalResult>[];
let scopes = 0;

beforeAll(async () => {
  ledger = await openLedgerDatabase();
  // Several lanes on one database, as several processes are.
  const watched = watch(ledger.payments);
  lanes = Array.from({ length: 3 }, () => createPostingLane(watched));
});

/** Batches that failed: a lane retries and halves them, and so would hide a missing lock or a deadlock. */
let failedBatches: string[] = [];

beforeEach(() => {
  failedBatches = [];
});

function watch(database: Database): Database {
  const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    database.write(work).catch((error: unknown) => {
      failedBatches.push(violatedConstraint(error) ?? String(error));
      throw error;
    });
  return Object.assign(Object.create(database) as Database, { write });
}

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.drain()));
  await ledger.close();
});

function post(journal: Journal, client: number): Promise<JournalResult> {
  return (lanes[client % lanes.length] as Lane<Journal, JournalResult>).submit(journal);
}

function shortOf(result: JournalResult): ModelResult {
  if (result.status !== 'REJECTED') return result.status;
  return { code: result.rejection.code, index: result.index };
}

/** A scope that no run has used. Its Holds expire now or in hours, so that the database's clock is no matter. */
function nextScope(): Scope {
  scopes += 1;
  return scopeAt(scopes * SCOPE_IDS, new Date(), HOUR_MS);
}

async function expectModel(model: LedgerModel, accounts: readonly LedgerAccount[]): Promise<void> {
  const stored = await storedAccounts(
    ledger,
    accounts.map((account) => account.id),
  );
  expect(stored).toHaveLength(accounts.length);
  for (const { id, closedAt, ...account } of stored) {
    expect({ ...account, closed: closedAt !== null }).toMatchObject(model.counters(id));
  }
}

async function expectSoundBooks(): Promise<void> {
  const broken = (await checkLedger(ledger.check)).filter((result) => result.faulty > 0n);
  expect(broken).toEqual([]);
}

async function storedTransfers(ids: readonly string[]): Promise<readonly Transfer[]> {
  return await ledger.check.dataSource.query(
    `select ${TRANSFER_COLUMNS} from ledger.transfer where debit_account_id = any($1::uuid[])`,
    [ids],
  );
}

/** An order in which the stored Journals can have happened: each Entry after the one before it of its account. */
function inOrder(transfers: readonly Transfer[], journals: ReadonlyMap<string, Journal>): readonly Journal[] {
  const next = new Map<string, bigint>();
  const ordered = new Set<Journal>();
  let waiting = [...transfers];
  while (waiting.length > 0) {
    const ready = waiting.filter(
      (transfer) =>
        transfer.debitVersion === (next.get(transfer.debitAccountId) ?? 1n) &&
        transfer.creditVersion === (next.get(transfer.creditAccountId) ?? 1n),
    );
    expect(ready.length).toBeGreaterThan(0);
    for (const transfer of ready) {
      next.set(transfer.debitAccountId, transfer.debitVersion + 1n);
      next.set(transfer.creditAccountId, transfer.creditVersion + 1n);
      ordered.add(journals.get(transfer.id) as Journal);
    }
    waiting = waiting.filter((transfer) => !ready.includes(transfer));
  }
  return [...ordered];
}

/** Each Journal goes to two lanes at once, and again to the third when both have answered. */
async function postTwiceAtOnce(journals: readonly Journal[]): Promise<ReadonlyMap<string, Journal>> {
  const posted = new Map<string, Journal>();
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_value, client) => {
      for (let index = client; index < journals.length; index += CLIENTS) {
        const journal = journals[index] as Journal;
        const results = await Promise.all([post(journal, 0), post(journal, 1)]);
        results.push(await post(journal, 2));
        const made = results.filter((result) => result.status === 'POSTED');
        expect(made.length).toBeLessThanOrEqual(1);
        if (made.length === 0) continue;
        for (const { id } of journal.transfers) posted.set(id, journal);
        // A Journal that repeats this one with other content may not have come first, so these are the same.
        expect(new Set(results.map((result) => result.status))).toEqual(new Set(['POSTED', 'EXISTED']));
      }
    }),
  );
  return posted;
}

describe('posting to Postgres', () => {
  it('answers 32 clients, each with books of its own, as the model does', async () => {
    const plans = fc.array(journalPlans(JOURNALS_MAX), { minLength: CLIENTS, maxLength: CLIENTS });
    await fc.assert(
      fc.asyncProperty(plans, async (plansOfClients) => {
        await Promise.all(
          plansOfClients.map(async (own, client) => {
            const scope = nextScope();
            const accounts = scopeAccounts(scope);
            await storeAccounts(ledger, accounts);
            const model = new LedgerModel(accounts);
            for (const journal of toJournals(own, accounts, scope)) {
              const result = shortOf(await post(journal, client));
              expect(result).toEqual(model.post(journal, Date.now()));
            }
            await expectModel(model, accounts);
          }),
        );
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    await expectSoundBooks();
    expect(failedBatches).toEqual([]);
  }, 120_000);

  it('lets 32 clients share books so that some order of their Journals explains all of it', async () => {
    const plans = journalPlans(CLIENTS * JOURNALS_MAX, CLIENTS);
    await fc.assert(
      fc.asyncProperty(plans, async (shared) => {
        const scope = nextScope();
        const accounts = scopeAccounts(scope);
        await storeAccounts(ledger, accounts);
        const posted = await postTwiceAtOnce(toJournals(shared, accounts, scope));
        const transfers = await storedTransfers(accounts.map((account) => account.id));
        expect(new Set(transfers.map((transfer) => transfer.id))).toEqual(new Set(posted.keys()));
        const model = new LedgerModel(accounts);
        for (const journal of inOrder(transfers, posted)) {
          expect(model.post(journal, Date.now())).toBe('POSTED');
        }
        await expectModel(model, accounts);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    await expectSoundBooks();
    expect(failedBatches).toEqual([]);
  }, 120_000);

  it('lets exactly one of 100 parallel spends of one balance win', async () => {
    const scope = nextScope();
    const { organizationId } = scope;
    const own = { organizationId, holderId: organizationId };
    const [omnibus, ann, ben] = [scope.newId(1), scope.newId(2), scope.newId(3)];
    await storeAccounts(ledger, [
      testAccount(omnibus, 'OMNIBUS', own),
      testAccount(ann, 'CUSTOMER', own),
      testAccount(ben, 'CUSTOMER', own),
    ]);
    const move = (number: number, debitAccountId = ann, creditAccountId = ben): Journal => ({
      ...journalOf(scope.newId(number), {
        kind: 'SINGLE',
        id: scope.newId(number + 1_000),
        debitAccountId,
        creditAccountId,
        amount: 100n,
      }),
      organizationId,
    });
    await post(move(10, omnibus, ann), 0);
    const results = await Promise.all(Array.from({ length: 100 }, (_value, n) => post(move(100 + n), n)));
    expect(results.filter((result) => result.status === 'POSTED')).toHaveLength(1);
    expect(results.map(shortOf)).toContainEqual({ code: 'INSUFFICIENT_FUNDS', index: 0 });
    expect(results.filter((result) => result.status === 'REJECTED')).toHaveLength(99);
    expect(failedBatches).toEqual([]);
  });

  it('locks in one order, so that those who meet in thousands of accounts wait instead of deadlocking', async () => {
    const scope = nextScope();
    const own = { organizationId: scope.organizationId, holderId: scope.organizationId };
    const ids = Array.from({ length: 3_000 }, (_value, index) => scope.newId(index));
    await storeAccounts(
      ledger,
      ids.map((id) => testAccount(id, 'CUSTOMER', own)),
    );
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        [ids, [...ids].reverse(), ids, [...ids].reverse()].map((accountIds) =>
          ledger.payments.write((tx) => lockState(tx, { accountIds })),
        ),
      );
    }
  });

  it('answers TRANSFER_ID_REUSED when two lanes post one id between different accounts', async () => {
    const scope = nextScope();
    const { organizationId } = scope;
    const own = { organizationId, holderId: organizationId };
    const kinds = ['FEES', 'SUSPENSE', 'CLEARING', 'CONVERSION'] as const;
    await storeAccounts(
      ledger,
      kinds.map((kind, index) => testAccount(scope.newId(10 + index), kind, own)),
    );
    for (let round = 0; round < 20; round++) {
      const id = scope.newId(5_000 + round);
      const journal = (from: number): Journal => ({
        ...journalOf(scope.newId(6_000 + round), {
          kind: 'SINGLE',
          id,
          debitAccountId: scope.newId(from),
          creditAccountId: scope.newId(from + 1),
          amount: 1n,
        }),
        organizationId,
      });
      const results = await Promise.all([post(journal(10), 0), post(journal(12), 1)]);
      expect(results.map((result) => result.status).sort()).toEqual(['POSTED', 'REJECTED']);
      expect(results.map(shortOf)).toContainEqual({ code: 'TRANSFER_ID_REUSED', index: 0 });
    }
    // The case came up: the primary key was met at least once.
    expect(new Set(failedBatches)).toEqual(new Set(['transfer_pkey']));
  });

  it('closes an account for good', async () => {
    const scope = nextScope();
    const { organizationId } = scope;
    const own = { organizationId, holderId: organizationId };
    const [omnibus, ann] = [scope.newId(1), scope.newId(2)];
    await storeAccounts(ledger, [testAccount(omnibus, 'OMNIBUS', own), testAccount(ann, 'CUSTOMER', own)]);
    const journal = (number: number, transfer: Partial<NewSingle>): Journal => ({
      ...journalOf(scope.newId(number), {
        kind: 'SINGLE',
        id: scope.newId(number + 1_000),
        debitAccountId: omnibus,
        creditAccountId: ann,
        amount: 100n,
        ...transfer,
      }),
      organizationId,
    });
    const back = { debitAccountId: ann, creditAccountId: omnibus };
    await post(journal(10, {}), 0);
    await post(journal(11, { ...back, amount: 1_000n, balancing: 'DEBIT', closes: 'DEBIT' }), 1);
    expect(shortOf(await post(journal(12, {}), 2))).toEqual({ code: 'ACCOUNT_CLOSED', index: 0 });
    const [, closed] = await storedAccounts(ledger, [omnibus, ann]);
    expect(closed).toMatchObject({ id: ann, debitsPosted: 100n, creditsPosted: 100n });
    expect(closed?.closedAt).toBeInstanceOf(Date);
  });

  it('keeps descriptions exactly, whatever is in them', async () => {
    const scope = nextScope();
    const { organizationId } = scope;
    const own = { organizationId, holderId: organizationId };
    await storeAccounts(ledger, [
      testAccount(scope.newId(1), 'FEES', own),
      testAccount(scope.newId(2), 'SUSPENSE', own),
    ]);
    const texts = ['', ' ', 'NULL', '{a,b}', '"quoted" and \\ slashed', "it's; drop", 'ünï 🪙\n\ttab', ',,'];
    const journal: Journal = {
      ...journalOf(
        scope.newId(3),
        ...texts.map((description, index) => ({
          kind: 'SINGLE' as const,
          id: scope.newId(10 + index),
          debitAccountId: scope.newId(1),
          creditAccountId: scope.newId(2),
          amount: 1n,
          description,
        })),
      ),
      organizationId,
    };
    expect((await post(journal, 0)).status).toBe('POSTED');
    const again = await post(journal, 1);
    expect(again.status === 'EXISTED' && again.transfers.map((transfer) => transfer.description)).toEqual(
      texts,
    );
  });
});
