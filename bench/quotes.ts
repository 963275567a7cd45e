import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkLedger, formatChecks } from '../ledger/check.ts';
import { inParallel } from '../platform/inParallel.ts';
import { stateFolder } from '../platform/paths.ts';
import { openDatabase } from '../platform/postgres.ts';
import { createApi } from '../scripts/demo/api.ts';
import { nowUs, perRequest, quantile } from './figures.ts';
import type { ClosedResult } from './load/closed.ts';
import type { PairsJob } from './load/quotePairs.ts';
import { startWorker, type Worker } from './load/worker.ts';
import { othersShare, readMachineMs } from './machine.ts';
import { GENERATOR } from './payments/options.ts';
import { logTail, type Ours, startOurs } from './payments/ours.ts';
import { readUsage } from './payments/usage.ts';
import { profilerArguments, readProfiles, type Span } from './profile.ts';
import { Stops } from './stops.ts';
import type { BenchTable } from './table.ts';
import { atLeast, targetsTable } from './targets.ts';

export interface QuotesBenchOptions {
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** Under V8's sampling profiler, which costs: its figures are not those of a run without. */
  readonly profile: boolean;
}

export const QUOTES_BENCH_DEFAULTS: QuotesBenchOptions = {
  durationMs: 10_000,
  warmUpMs: 3_000,
  profile: false,
};

const CLIENTS = 32;
const DESTINATIONS = 100;
const PARALLEL = 16;
const PAIRS_PER_SECOND_MIN = 800;

const OPEN = `mutation Open($input: CreateAccountInput!) {
  result: createAccount(input: $input) { __typename ... on Account { id } ... on Failure { message } }
}`;

/**
 * Quotes with a conversion and a fee, asked for and accepted over HTTP by clients that each wait for their answers, on
 * `omsx up` as anybody would start it. The books are proved afterwards. @throws when anything is answered wrong.
 */
export async function runQuotesBench(
  options: QuotesBenchOptions,
  report: (line: string) => void,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'quotes-'));
  const profiles = join(folder, 'profiles');
  const stops = new Stops();
  try {
    const generator = await startWorker(GENERATOR, join(folder, 'generator.log'));
    stops.add(generator.stop);
    report('omsx: starting, accounts');
    const nodeArguments = options.profile ? profilerArguments(profiles) : [];
    const ours = await startOurs({ folder, nodeArguments });
    stops.add(ours.stop);
    const job = await jobFor(ours);
    report('quotes');
    await generator.call<ClosedResult>('pairs', { ...job, durationMs: options.warmUpMs });
    const measured = await measure(generator, ours, { ...job, durationMs: options.durationMs });
    report('checking the books');
    await proveBooks(ours.postgres.url);
    const tables = tablesOf(measured);
    if (!options.profile) return tables;
    // The profile is written when the process ends.
    await stops.run();
    return [...tables, ...(await readProfiles(profiles, [measured.span], 'a quote and its acceptance'))];
  } catch (error) {
    report(await logTail(folder));
    throw error;
  } finally {
    await stops.run().finally(() => rm(folder, { recursive: true, force: true }));
  }
}

/** One span under load, with what it cost. */
interface Measured {
  readonly result: ClosedResult;
  readonly span: Span;
  /** Milliseconds of CPU a pair. */
  readonly nodeMs: number | null;
  readonly postgresMs: number | null;
  readonly othersPercent: number | null;
}

async function measure(generator: Worker, ours: Ours, job: PairsJob): Promise<Measured> {
  const [before, machineBeforeMs, startedUs] = [await readUsage(ours), await readMachineMs(), nowUs()];
  const result = await generator.call<ClosedResult>('pairs', job);
  const [endedUs, machineAfterMs, after] = [nowUs(), await readMachineMs(), await readUsage(ours)];
  const pairs = result.latenciesMs.length;
  const nodeMs = perRequest(before.nodeMs, after.nodeMs, pairs);
  const postgresMs = perRequest(before.postgresMs, after.postgresMs, pairs);
  const redisMs = perRequest(before.redisMs, after.redisMs, pairs) ?? 0;
  const machineMs = perRequest(machineBeforeMs, machineAfterMs, 1);
  const ourMs = ((nodeMs ?? 0) + (postgresMs ?? 0) + redisMs) * pairs + result.generatorCpuMs;
  return {
    result,
    span: { startedUs, endedUs, requests: pairs },
    nodeMs,
    postgresMs,
    othersPercent: machineMs === null ? null : othersShare(machineMs, ourMs, result.elapsedMs),
  };
}

async function jobFor({ target, accountIds, hotId }: Ours): Promise<Omit<PairsJob, 'durationMs'>> {
  const api = createApi(target);
  const destinationIds: string[] = [];
  await inParallel(
    Array.from({ length: DESTINATIONS }, (_, index) => index),
    PARALLEL,
    async () => {
      const input = { idempotencyKey: randomUUID(), asset: 'EUR' };
      const { result } = (await api.query<{ result: { id?: string; message?: string } }>(OPEN, { input }))
        .data;
      if (result.id === undefined) throw new Error(`an account was refused: ${result.message}`);
      destinationIds.push(result.id);
    },
  );
  return { target, sourceIds: accountIds, destinationIds, partnerId: hotId, clients: CLIENTS };
}

async function proveBooks(url: string): Promise<void> {
  const database = await openDatabase({ url, role: 'omsx_check', poolMax: 1 });
  try {
    const results = await checkLedger(database);
    const wrong = results.filter(({ faulty }) => faulty > 0n);
    if (wrong.length > 0) throw new Error(`the books are wrong:\n${formatChecks(wrong)}`);
  } finally {
    await database.close();
  }
}

function tablesOf({ result, nodeMs, postgresMs, othersPercent }: Measured): readonly BenchTable[] {
  const { latenciesMs, elapsedMs, generatorCpuMs } = result;
  const sorted = latenciesMs.slice().sort();
  const perSecond = (sorted.length / elapsedMs) * 1_000;
  return [
    {
      title: 'Quotes: created and accepted over HTTP',
      conditions: [`${CLIENTS} clients, each waits for both answers; USD to EUR with a developer fee`],
      columns: [
        { key: 'perSecond', heading: 'pairs/s', digits: 0 },
        { key: 'p50Ms', heading: 'p50 ms', digits: 1 },
        { key: 'p99Ms', heading: 'p99 ms', digits: 1 },
        { key: 'nodeMs', heading: 'Node CPU ms', digits: 3 },
        { key: 'postgresMs', heading: 'Postgres CPU ms', digits: 3 },
        { key: 'generatorMs', heading: 'generator CPU ms', digits: 3 },
        { key: 'othersPercent', heading: '% of machine taken by others', digits: 0 },
      ],
      rows: [
        {
          perSecond,
          p50Ms: quantile(sorted, 0.5),
          p99Ms: quantile(sorted, 0.99),
          nodeMs,
          postgresMs,
          generatorMs: generatorCpuMs / sorted.length,
          othersPercent,
        },
      ],
    },
    targetsTable([atLeast('quotes created and accepted a second', perSecond, PAIRS_PER_SECOND_MIN)]),
  ];
}
