import fc from 'fast-check';
import { stateFor } from '../test/ledger/books.ts';
import { journalPlans, scopeAccounts, scopeAt, toJournals } from '../test/ledger/commands.ts';
import { LedgerModel, type ModelResult } from '../test/ledger/model.ts';
import type { LedgerAccount } from './account.ts';
import { applyJournal, type JournalResult } from './apply.ts';
import type { LedgerState } from './state.ts';
import type { Journal, Transfer } from './transfer.ts';

const RUNS = Number.parseInt(process.env.LEDGER_RUNS ?? '200', 10);
const JOURNALS_MAX = 60;
const scope = scopeAt(0);
const accounts = scopeAccounts(scope);
const journalLists = journalPlans(JOURNALS_MAX).map((plans) => toJournals(plans, accounts, scope));

/** Time passes with each Journal, so that Holds expire on the way. */
function timeOf(index: number): Date {
  return new Date(scope.now.getTime() + Math.floor(index / 4));
}

interface Stored {
  readonly accounts: readonly LedgerAccount[];
  readonly transfers: readonly Transfer[];
  readonly results: readonly JournalResult[];
}

/** Posts batch by batch, each with a state of its own, as a lane does. */
function postBatches(batches: readonly (readonly Journal[])[]): Stored {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const transfers: Transfer[] = [];
  const results: JournalResult[] = [];
  for (const batch of batches) {
    const state = stateFor(batch, [...byId.values()], transfers);
    results.push(...batch.map((journal) => applyJournal(state, journal)));
    for (const id of state.changedAccountIds) byId.set(id, state.accounts.get(id) as LedgerAccount);
    transfers.push(...state.newTransfers);
  }
  return { accounts: [...byId.values()], transfers, results };
}

function copyOf(state: LedgerState): unknown {
  return structuredClone({ ...state });
}

function shortOf(result: JournalResult): ModelResult {
  if (result.status !== 'REJECTED') return result.status;
  return { code: result.rejection.code, index: result.index };
}

function check(property: (journals: readonly Journal[]) => void): void {
  fc.assert(fc.property(journalLists, property), { numRuns: RUNS });
}

describe('applyJournal', () => {
  it('answers and counts as the model does', () => {
    check((journals) => {
      const model = new LedgerModel(accounts);
      const byId = new Map(accounts.map((account) => [account.id, account]));
      const transfers: Transfer[] = [];
      for (const [index, journal] of journals.entries()) {
        const now = timeOf(index);
        const state = stateFor([journal], [...byId.values()], transfers, now);
        expect(shortOf(applyJournal(state, journal))).toEqual(model.post(journal, now.getTime()));
        for (const id of state.changedAccountIds) byId.set(id, state.accounts.get(id) as LedgerAccount);
        transfers.push(...state.newTransfers);
      }
      for (const { id, closedAt, ...account } of byId.values()) {
        expect({ ...account, closed: closedAt !== null }).toMatchObject(model.counters(id));
      }
    });
  });

  it('leaves no trace when it refuses', () => {
    check((journals) => {
      const state = stateFor(journals, accounts);
      for (const journal of journals) {
        const before = copyOf(state);
        if (applyJournal(state, journal).status !== 'POSTED') expect(copyOf(state)).toEqual(before);
      }
    });
  });

  it('means the same in one batch as one by one', () => {
    check((journals) => {
      const inOne = postBatches([journals]);
      const oneByOne = postBatches(journals.map((journal) => [journal]));
      expect(inOne.results).toEqual(oneByOne.results);
      expect(inOne.transfers).toEqual(oneByOne.transfers);
      expect(inOne.accounts).toEqual(oneByOne.accounts);
    });
  });

  it('creates and destroys no money', () => {
    check((journals) => {
      const posted = postBatches([journals]);
      for (const asset of new Set(accounts.map((account) => account.asset))) {
        const own = posted.accounts.filter((account) => account.asset === asset);
        const total = (amountOf: (account: LedgerAccount) => bigint): bigint =>
          own.reduce((sum, account) => sum + amountOf(account), 0n);
        expect(total((account) => account.debitsPosted)).toBe(total((account) => account.creditsPosted));
        expect(total((account) => account.debitsPending)).toBe(total((account) => account.creditsPending));
      }
    });
  });

  it('overdraws no bound account and no counter', () => {
    check((journals) => {
      for (const account of postBatches([journals]).accounts) {
        const { debitsPending, debitsPosted, creditsPending, creditsPosted } = account;
        expect([debitsPending, debitsPosted, creditsPending, creditsPosted].every((sum) => sum >= 0n)).toBe(
          true,
        );
        if (account.debitsMustNotExceedCredits) {
          expect(debitsPosted + debitsPending <= creditsPosted).toBe(true);
        }
      }
    });
  });

  it('resolves each Hold at most once and for no more than it held', () => {
    check((journals) => {
      const { transfers } = postBatches([journals]);
      const byId = new Map(transfers.map((transfer) => [transfer.id, transfer]));
      const resolutions = transfers.filter((transfer) => transfer.pendingId !== null);
      expect(new Set(resolutions.map((transfer) => transfer.pendingId)).size).toBe(resolutions.length);
      for (const { pendingId, amount } of resolutions) {
        const hold = pendingId === null ? undefined : byId.get(pendingId);
        expect(hold?.kind).toBe('PENDING');
        expect(amount <= (hold?.amount ?? 0n)).toBe(true);
      }
    });
  });

  it('numbers the Entries of each account without gaps', () => {
    check((journals) => {
      const posted = postBatches([journals]);
      for (const { id, version } of posted.accounts) {
        const versions = posted.transfers.flatMap((transfer) => [
          ...(transfer.debitAccountId === id ? [transfer.debitVersion] : []),
          ...(transfer.creditAccountId === id ? [transfer.creditVersion] : []),
        ]);
        expect(versions).toEqual(
          Array.from({ length: Number(version) }, (_value, place) => BigInt(place + 1)),
        );
      }
    });
  });

  it('does not care about the order of Journals that share nothing', () => {
    const there = scopeAt(9_000_000);
    const thereAccounts = scopeAccounts(there);
    const thereLists = journalPlans(JOURNALS_MAX).map((plans) => toJournals(plans, thereAccounts, there));
    const picks = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(journalLists, thereLists, picks, (here, elsewhere, turns) => {
        const both = [...accounts, ...thereAccounts];
        const waiting: readonly [Journal[], Journal[]] = [[...here], [...elsewhere]];
        const mixed: Journal[] = [];
        while (waiting[0].length + waiting[1].length > 0) {
          const turn = turns.next().value ? waiting[0] : waiting[1];
          const next = turn.shift();
          if (next !== undefined) mixed.push(next);
        }
        const post = (
          journals: readonly Journal[],
        ): [Map<unknown, LedgerAccount>, Map<Journal, ModelResult[]>] => {
          const state = stateFor(journals, both);
          const results = new Map<Journal, ModelResult[]>();
          for (const journal of journals) {
            const result = shortOf(applyJournal(state, journal));
            results.set(journal, [...(results.get(journal) ?? []), result]);
          }
          return [state.accounts, results];
        };
        expect(post(mixed)).toEqual(post([...here, ...elsewhere]));
      }),
      { numRuns: RUNS },
    );
  });
});
