import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { stateFolder } from '../platform/paths.ts';
import { startWorker, type Worker } from './load/worker.ts';
import { startBestNaive } from './payments/calibrate.ts';
import { compareSystems, comparisonTable, figuresOf } from './payments/compare.ts';
import { type AnsweredCounts, CLIENTS } from './payments/measure.ts';
import { prepareNaive } from './payments/naive.ts';
import { GENERATOR, PAYMENTS_BENCH_DEFAULTS, type PaymentsBenchOptions } from './payments/options.ts';
import { logTail, type Ours, startOurs } from './payments/ours.ts';
import { measureStream } from './payments/streaming.ts';
import type { System } from './payments/system.ts';
import { paymentsTargets } from './payments/targets.ts';
import { verifyBooks } from './payments/verify.ts';
import { countNodeProcesses, readNodeMemoryMb } from './processes.ts';
import { Stops } from './stops.ts';
import type { BenchRow, BenchTable } from './table.ts';

type Report = (line: string) => void;

/**
 * Payments through everything that a client's request passes: `omsx up` against the same thing written straight from
 * the manuals of Apollo and TypeORM, each in processes of its own on a Postgres of its own, and then how long a
 * payment takes to a subscriber. Both systems' books are checked at the end. @throws when anything is answered wrong.
 */
export async function runPaymentsBench(
  options: PaymentsBenchOptions = PAYMENTS_BENCH_DEFAULTS,
  report: Report = () => undefined,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'payments-'));
  const stops = new Stops();
  try {
    return await runAll(folder, options, stops, report);
  } catch (error) {
    report(await logTail(join(folder, 'omsx')));
    throw error;
  } finally {
    await stops.run().finally(() => rm(folder, { recursive: true, force: true }));
  }
}

async function runAll(
  folder: string,
  options: PaymentsBenchOptions,
  stops: Stops,
  report: Report,
): Promise<readonly BenchTable[]> {
  const [oursFolder, naiveFolder] = [join(folder, 'omsx'), join(folder, 'naive')];
  await Promise.all([mkdir(oursFolder), mkdir(naiveFolder)]);
  const answered: AnsweredCounts = new Map();
  const generator = await startWorker(GENERATOR, join(folder, 'generator.log'));
  stops.add(generator.stop);

  report('naive: Postgres, accounts');
  const ground = await prepareNaive(naiveFolder);
  stops.add(ground.postgres.stop);
  report('naive: trying layouts');
  const { naive, table: layouts } = await startBestNaive(generator, ground, answered);
  stops.add(naive.stop);
  report('omsx: starting, accounts');
  const ours = await startOurs({ folder: oursFolder });
  stops.add(ours.stop);

  report('both in turns');
  const phases = await compareSystems(generator, [ours, naive], options, answered);
  const comparison = figuresOf(phases);
  const conditions = await describeConditions(ours, naive, options);
  const memory = [await memoryRow(ours, 'after the load'), await memoryRow(naive, 'after the load')];
  await naive.stop();
  report('omsx: stream');
  const stream = await streamOf(generator, ours, options, answered, folder);
  memory.push(await memoryRow(ours, 'after the stream'));
  report('checking the books');
  for (const system of [ours, naive]) await verifyBooks(system, answered.get(system.name) ?? 0);
  const peakMb = peakOf(memory);
  return [
    layouts,
    comparisonTable(comparison, conditions),
    stream.table,
    memoryTable(memory),
    paymentsTargets(comparison, stream, peakMb),
  ];
}

function streamOf(
  generator: Worker,
  ours: Ours,
  options: PaymentsBenchOptions,
  answered: AnsweredCounts,
  folder: string,
) {
  return measureStream(generator, ours, options.durationMs * 2, answered, join(folder, 'subscriber.log'));
}

async function memoryRow(system: System, when: string): Promise<BenchRow> {
  const [memoryMb, processes] = [
    await readNodeMemoryMb(system.rootPids),
    await countNodeProcesses(system.rootPids),
  ];
  return { name: `${system.name}, ${when}`, system: system.name, memoryMb, processes };
}

function peakOf(rows: readonly BenchRow[]): number | null {
  const ours = rows.filter((row) => row.system === 'omsx').map((row) => row.memoryMb);
  const known = ours.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : Math.max(...known);
}

function memoryTable(rows: readonly BenchRow[]): BenchTable {
  return {
    title: 'Memory of Node processes (RSS)',
    conditions: [],
    columns: [
      { key: 'name', heading: 'when', digits: 0 },
      { key: 'processes', heading: 'processes', digits: 0 },
      { key: 'memoryMb', heading: 'MB', digits: 0 },
    ],
    rows,
  };
}

async function describeConditions(
  ours: System,
  naive: System,
  options: PaymentsBenchOptions,
): Promise<readonly string[]> {
  const settings = await Promise.all([readSettings(ours), readSettings(naive)]);
  return [
    `${availableParallelism()} x ${cpus()[0]?.model ?? 'CPU'}, shared with the load generator and Postgres; Node ${process.version}`,
    `omsx: ${ours.layout}; ${settings[0]}`,
    `naive: ${naive.layout}; ${settings[1]}`,
    `${CLIENTS} clients; 2 rounds of ${options.durationMs / 1_000} s each after ${options.warmUpMs / 1_000} s of warm-up, in turns; CPU is per request`,
  ];
}

async function readSettings(system: System): Promise<string> {
  const client = new pg.Client({ connectionString: system.postgres.url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(
      `select current_setting('server_version') as version, current_setting('synchronous_commit') as commit,
              current_setting('fsync') as fsync`,
    );
    return `Postgres ${rows[0]?.version}, synchronous_commit=${rows[0]?.commit}, fsync=${rows[0]?.fsync}`;
  } finally {
    await client.end();
  }
}
