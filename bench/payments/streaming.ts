import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../platform/paths.ts';
import type { PacedResult } from '../load/paced.ts';
import type { Received } from '../load/subscriber.ts';
import { startWorker, type Worker } from '../load/worker.ts';
import type { BenchRow, BenchTable } from '../table.ts';
import { type AnsweredCounts, quantile } from './measure.ts';
import type { Ours } from './ours.ts';

export const RATE_PER_SECOND = 500;
const ACCOUNT_SUBSCRIBERS = 20;
const CONNECTIONS = 64;
const ARRIVAL_WAIT_MS = 15_000;
const SETTLE_MS = 1_000;
const POLL_MS = 50;
const WARM_UP_MS = 2_000;

const SUBSCRIBER = join(projectRoot, 'bench', 'load', 'subscriber.ts');

export interface StreamFigures {
  readonly table: BenchTable;
  /** Of the subscriber that sees everything. */
  readonly p99Ms: number;
  /** Every subscriber got each step of each of its transactions once, and nothing else. */
  readonly exactlyOnce: boolean;
}

interface Seen {
  readonly expected: number;
  readonly received: number;
  readonly missing: number;
  readonly repeated: number;
  readonly unexpected: number;
}

/** Paced load on `ours` with subscribers watching: how long from the event to the client, and is all of it there. */
export async function measureStream(
  generator: Worker,
  ours: Ours,
  durationMs: number,
  answered: AnsweredCounts,
  logFile: string,
): Promise<StreamFigures> {
  const pace = async (forMs: number): Promise<PacedResult> => {
    const route = { accountIds: ours.accountIds, hotId: null };
    const job = { target: ours.target, route, connections: CONNECTIONS, ratePerSecond: RATE_PER_SECOND };
    const result = await generator.call<PacedResult>('paced', { ...job, durationMs: forMs });
    answered.set(ours.name, (answered.get(ours.name) ?? 0) + result.transactions.length);
    return result;
  };
  await pace(WARM_UP_MS);
  await sleep(SETTLE_MS);
  const subscriber = await startWorker(SUBSCRIBER, logFile);
  try {
    const accountIds = [null, ...ours.accountIds.slice(0, ACCOUNT_SUBSCRIBERS)];
    await subscriber.call('open', { url: ours.wsUrl, apiKey: ours.target.apiKey, accountIds });
    const paced = await pace(durationMs);
    const expected = accountIds.map((accountId) => expectedSteps(paced, accountId));
    await waitForAll(
      subscriber,
      expected.reduce((sum, steps) => sum + steps.size, 0),
    );
    const received = await subscriber.call<readonly Received[]>('collect');
    return describe(paced, expected, received);
  } finally {
    await subscriber.stop();
  }
}

/** `<transaction> <version>` of every step that a subscriber must see. */
function expectedSteps(paced: PacedResult, accountId: string | null): ReadonlySet<string> {
  const steps = new Set<string>();
  for (const { id, version, sourceId, destinationId } of paced.transactions) {
    if (accountId !== null && accountId !== sourceId && accountId !== destinationId) continue;
    for (let step = 1; step <= version; step++) steps.add(`${id} ${step}`);
  }
  return steps;
}

/** Until all have arrived or the time is up, and then a moment longer, for what should not come. */
async function waitForAll(subscriber: Worker, expected: number): Promise<void> {
  const deadline = Date.now() + ARRIVAL_WAIT_MS;
  while (Date.now() < deadline && (await subscriber.call<number>('count')) < expected) await sleep(POLL_MS);
  await sleep(SETTLE_MS);
}

function compare(expected: ReadonlySet<string>, received: Received): Seen {
  const seen = new Map<string, number>();
  for (const [index, id] of received.transactionIds.entries()) {
    const step = `${id} ${received.versions[index]}`;
    seen.set(step, (seen.get(step) ?? 0) + 1);
  }
  return {
    expected: expected.size,
    received: received.versions.length,
    missing: [...expected].filter((step) => !seen.has(step)).length,
    repeated: [...seen.values()].filter((times) => times > 1).length,
    unexpected: [...seen.keys()].filter((step) => !expected.has(step)).length,
  };
}

function describe(
  paced: PacedResult,
  expected: readonly ReadonlySet<string>[],
  received: readonly Received[],
): StreamFigures {
  const none: Received = { transactionIds: [], versions: [], latenciesMs: [] };
  const seen = expected.map((steps, index) => compare(steps, received[index] ?? none));
  const all = Float64Array.from(received[0]?.latenciesMs ?? []).sort();
  const single = Float64Array.from(received.slice(1).flatMap((list) => list.latenciesMs)).sort();
  const answers = paced.latenciesMs.slice().sort();
  return {
    p99Ms: quantile(all, 0.99),
    exactlyOnce: seen.every(({ missing, repeated, unexpected }) => missing + repeated + unexpected === 0),
    table: {
      title: `Stream: event to WebSocket client at ${RATE_PER_SECOND} transactions/s`,
      conditions: [
        `${paced.transactions.length} transactions in ${(paced.elapsedMs / 1_000).toFixed(1)} s, sent whether or not earlier ones were answered`,
        'latency of messages: arrival less event.occurredAt, which is before the COMMIT; of answers: from when the request was due',
      ],
      columns: COLUMNS,
      rows: [
        { name: 'one subscriber, all transactions', ...latencies(all), ...total(seen.slice(0, 1)) },
        {
          name: `${ACCOUNT_SUBSCRIBERS} subscribers, one account each`,
          ...latencies(single),
          ...total(seen.slice(1)),
        },
        {
          name: 'createTransaction answers',
          ...latencies(answers),
          expected: null,
          received: answers.length,
        },
      ],
    },
  };
}

const COLUMNS = [
  { key: 'name', heading: 'what', digits: 0 },
  { key: 'p50Ms', heading: 'p50 ms', digits: 1 },
  { key: 'p99Ms', heading: 'p99 ms', digits: 1 },
  { key: 'maxMs', heading: 'max ms', digits: 1 },
  { key: 'expected', heading: 'expected', digits: 0 },
  { key: 'received', heading: 'received', digits: 0 },
  { key: 'missing', heading: 'missing', digits: 0 },
  { key: 'repeated', heading: 'repeated', digits: 0 },
  { key: 'unexpected', heading: 'unexpected', digits: 0 },
];

function latencies(sorted: Float64Array): BenchRow {
  return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), maxMs: sorted.at(-1) ?? Number.NaN };
}

function total(seen: readonly Seen[]): BenchRow {
  const sum = (key: keyof Seen): number => seen.reduce((result, entry) => result + entry[key], 0);
  return {
    expected: sum('expected'),
    received: sum('received'),
    missing: sum('missing'),
    repeated: sum('repeated'),
    unexpected: sum('unexpected'),
  };
}
