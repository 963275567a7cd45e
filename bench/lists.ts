import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { stateFolder } from '../platform/paths.ts';
import { quantile } from './figures.ts';
import { openParties } from './lists/parties.ts';
import { PAGE_SIZE, requestsOf } from './lists/requests.ts';
import { growTo } from './lists/rows.ts';
import type { QueryJob, QueryResult } from './load/queries.ts';
import { startWorker } from './load/worker.ts';
import { startPlatform } from './onchain/platform.ts';
import { logTail } from './payments/ours.ts';
import { GENERATOR } from './router/options.ts';
import { Stops } from './stops.ts';
import type { BenchRow, BenchTable } from './table.ts';
import { below, targetsTable } from './targets.ts';

const SIZES = [10_000, 100_000, 1_000_000];
/** As many as there are cores to serve them: with more, what is measured is the queue before them. */
const CLIENTS = 2;
const WARM_UP_MS = 1_000;
const P99_MAX_MS = 50;
/** What is flat grows by no more than one run differs from the next. */
const GROWTH_MAX = 1.5;

export interface ListsBenchOptions {
  readonly durationMs: number;
}

export const LISTS_BENCH_DEFAULTS: ListsBenchOptions = { durationMs: 4_000 };

interface Figures {
  readonly size: number;
  readonly kind: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Pages of the transactions list over HTTP, with the parties of both sides, while one organization's list grows to a
 * million. The Transactions are some that were made over the API and copies of their rows. @throws on a wrong answer
 */
export async function runListsBench(
  { durationMs }: ListsBenchOptions,
  report: (line: string) => void,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'lists-'));
  const stops = new Stops();
  try {
    const generator = await startWorker(GENERATOR, join(folder, 'generator.log'));
    stops.add(generator.stop);
    report('omsx: starting, parties');
    const { api, credentials } = await startPlatform(folder, stops);
    const parties = await openParties(api);
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), shared: true });
    stops.add(postgres.stop);
    const root = new pg.Client({ connectionString: postgres.url });
    await root.connect();
    stops.add(() => root.end());
    const found: Figures[] = [];
    for (const size of SIZES) {
      report(`${size} transactions`);
      await growTo(root, size);
      for (const [kind, bodies] of await requestsOf(api, root, parties)) {
        const key = `${kind} ${size}`;
        const headers = { authorization: `Bearer ${credentials.apiKey}` };
        await generator.call('learn', { key, url: credentials.graphql, headers, bodies });
        const load = (ms: number): Promise<QueryResult> =>
          generator.call('load', {
            key,
            clients: CLIENTS,
            durationMs: ms,
            isUnique: true,
          } satisfies QueryJob);
        await load(WARM_UP_MS);
        const sorted = (await load(durationMs)).latenciesMs.slice().sort();
        found.push({ size, kind, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) });
        await generator.call('forget');
      }
    }
    return tablesOf(found);
  } catch (error) {
    report(await logTail(folder));
    throw error;
  } finally {
    await stops.run().finally(() => rm(folder, { recursive: true, force: true }));
  }
}

function tablesOf(found: readonly Figures[]): readonly BenchTable[] {
  const [smallest = 0, largest = 0] = [SIZES[0], SIZES.at(-1)];
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  const of = (kind: string, size: number) => found.find((one) => one.kind === kind && one.size === size);
  const rows = kinds.map((kind): BenchRow => {
    const cells = SIZES.flatMap((size) => {
      const figures = of(kind, size);
      return [
        [`p50 ${size}`, figures?.p50Ms ?? null],
        [`p99 ${size}`, figures?.p99Ms ?? null],
      ] as const;
    });
    return { kind, ...Object.fromEntries(cells) };
  });
  const worst = Math.max(...found.filter(({ size }) => size === largest).map(({ p99Ms }) => p99Ms));
  const growth = Math.max(
    ...kinds.map((kind) => (of(kind, largest)?.p50Ms ?? 0) / (of(kind, smallest)?.p50Ms ?? 1)),
  );
  return [
    {
      title: `Transactions: pages of ${PAGE_SIZE} with accounts, wallets and customers of both sides`,
      conditions: [
        `${CLIENTS} clients, each waits for its answer; by the number of transactions in the organization`,
      ],
      columns: [
        { key: 'kind', heading: 'page', digits: 0 },
        ...SIZES.flatMap((size) =>
          ['p50', 'p99'].map((name) => ({
            key: `${name} ${size}`,
            heading: `${name} ms ${size}`,
            digits: 1,
          })),
        ),
      ],
      rows,
    },
    targetsTable([
      below(`slowest kind of page with ${largest} transactions, p99 ms`, worst, P99_MAX_MS),
      below(`growth of any kind's p50 from ${smallest} to ${largest}, times`, growth, GROWTH_MAX),
    ]),
  ];
}
