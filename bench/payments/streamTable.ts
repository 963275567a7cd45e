import { quantile } from '../figures.ts';
import type { PacedResult } from '../load/paced.ts';
import type { Received } from '../load/subscriber.ts';
import type { BenchRow, BenchTable } from '../table.ts';

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

/** What was sent, what each subscriber should have got, and what it got, in the same order. */
export interface StreamRun {
  readonly ratePerSecond: number;
  readonly costs: string;
  readonly paced: PacedResult;
  /** `<transaction> <version>` of every step, by subscriber; the first sees everything. */
  readonly expected: readonly ReadonlySet<string>[];
  readonly received: readonly Received[];
}

export function describeStream({
  ratePerSecond,
  costs,
  paced,
  expected,
  received,
}: StreamRun): StreamFigures {
  const none: Received = { transactionIds: [], versions: [], latenciesMs: [] };
  const seen = expected.map((steps, index) => compare(steps, received[index] ?? none));
  const all = Float64Array.from(received[0]?.latenciesMs ?? []).sort();
  const single = Float64Array.from(received.slice(1).flatMap((list) => list.latenciesMs)).sort();
  const answers = paced.latenciesMs.slice().sort();
  return {
    p99Ms: quantile(all, 0.99),
    exactlyOnce: seen.every(({ missing, repeated, unexpected }) => missing + repeated + unexpected === 0),
    table: {
      title: `Stream: event to WebSocket client at ${ratePerSecond} transactions/s`,
      conditions: [
        `${paced.transactions.length} transactions in ${(paced.elapsedMs / 1_000).toFixed(1)} s, sent whether or not earlier ones were answered`,
        'latency of messages: arrival less event.occurredAt, which is before the COMMIT; of answers: from when the request was due',
        costs,
      ],
      columns: COLUMNS,
      rows: [
        { name: 'one subscriber, all transactions', ...latencies(all), ...total(seen.slice(0, 1)) },
        {
          name: `${seen.length - 1} subscribers, one account each`,
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
