import { createPostingLane } from '../../ledger/lane.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Database } from '../../platform/postgres.ts';
import { ownCpuMs, treeCpuMs } from '../cpu.ts';
import type { BenchRow } from '../table.ts';
import type { Books } from './books.ts';
import { runLoad } from './load.ts';
import { postNaively } from './naive.ts';

const LANE_CALLERS = 4_000;
const NAIVE_CALLERS = 64;

/** Moves one minor unit. */
export type Post = (debitAccountId: Uuid, creditAccountId: Uuid) => Promise<void>;

export interface Scenario {
  readonly name: string;
  readonly way: 'lane' | 'naive';
  readonly accounts: 'hot' | 'spread';
  readonly callers: number;
}

/** Ours and the usual way take turns, so that a busy machine is busy for both. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'lane, hot account', way: 'lane', accounts: 'hot', callers: LANE_CALLERS },
  { name: 'naive, hot account', way: 'naive', accounts: 'hot', callers: NAIVE_CALLERS },
  { name: 'lane, 10,000 accounts', way: 'lane', accounts: 'spread', callers: LANE_CALLERS },
  { name: 'naive, 10,000 accounts', way: 'naive', accounts: 'spread', callers: NAIVE_CALLERS },
  { name: 'lane, 32 callers', way: 'lane', accounts: 'hot', callers: 32 },
  { name: 'naive, 32 callers', way: 'naive', accounts: 'hot', callers: 32 },
  { name: 'lane, one caller', way: 'lane', accounts: 'hot', callers: 1 },
  { name: 'naive, one caller', way: 'naive', accounts: 'hot', callers: 1 },
];

export function lanePost(database: Database, books: Books): Post {
  const lane = createPostingLane(database);
  return async (debitAccountId, creditAccountId) => {
    const result = await lane.submit({
      id: newUuid(),
      organizationId: books.organizationId,
      transactionId: null,
      transfers: [{ kind: 'SINGLE', id: newUuid(), debitAccountId, creditAccountId, amount: 1n }],
    });
    invariant(result.status === 'POSTED', `a transfer was ${result.status}`);
  };
}

export function naivePost(database: Database, books: Books): Post {
  return (debitAccountId, creditAccountId) =>
    postNaively(database, books.organizationId, debitAccountId, creditAccountId, 1n);
}

/** Runs one scenario. `postgresPid` is the server's first process. */
export async function measure(
  scenario: Scenario,
  books: Books,
  post: Post,
  postgresPid: number,
  options: { readonly durationMs: number; readonly warmUpMs: number },
): Promise<BenchRow> {
  let nodeCpuMs = 0;
  let postgresCpuMs: number | null = null;
  const result = await runLoad(
    {
      callers: scenario.callers,
      durationMs: options.durationMs,
      warmUpMs: options.warmUpMs,
      call: () => {
        const debit = pick(books.accountIds);
        return post(debit, scenario.accounts === 'hot' ? books.hotAccountId : pickOther(books, debit));
      },
    },
    async () => {
      nodeCpuMs = ownCpuMs();
      postgresCpuMs = await treeCpuMs(postgresPid);
    },
  );
  const postgresAfterMs = await treeCpuMs(postgresPid);
  return {
    name: scenario.name,
    callers: scenario.callers,
    perSecond: result.perSecond,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    nodeCpuMs: (ownCpuMs() - nodeCpuMs) / result.completed,
    postgresCpuMs:
      postgresCpuMs === null || postgresAfterMs === null
        ? null
        : (postgresAfterMs - postgresCpuMs) / result.completed,
  };
}

function pick(ids: readonly Uuid[]): Uuid {
  return ids[Math.floor(Math.random() * ids.length)] as Uuid;
}

function pickOther(books: Books, except: Uuid): Uuid {
  for (;;) {
    const id = pick(books.accountIds);
    if (id !== except) return id;
  }
}
