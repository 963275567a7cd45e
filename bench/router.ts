import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { stateFolder } from '../platform/paths.ts';
import { startWorker, type Worker } from './load/worker.ts';
import { CORES } from './machine.ts';
import { openPinning, type Pinning } from './pinning.ts';
import { readNodeMemoryMb, readNodePeakMb, readNodeShareMb } from './processes.ts';
import { measureColdPlans } from './router/cold.ts';
import { compareAnswers } from './router/equality.ts';
import type { Gateway } from './router/gateways/gateway.ts';
import { installPeers } from './router/gateways/hive.ts';
import { startGateways } from './router/gateways/start.ts';
import { CLIENTS, measureCell, type Phase, summarize } from './router/measure.ts';
import { GENERATOR, ROUTER_BENCH_DEFAULTS, type RouterBenchOptions } from './router/options.ts';
import { startPlatformSubject } from './router/platform/subject.ts';
import { startShop } from './router/shop/subject.ts';
import type { Subject } from './router/subject.ts';
import { type MemoryFigures, memoryTable, type QueryFigures, queryTable } from './router/tables.ts';
import { routerTargets } from './router/targets.ts';
import { Stops } from './stops.ts';
import type { BenchTable } from './table.ts';

type Report = (line: string) => void;

/** Of each cell, in turns with the others. */
const ROUNDS = 4;
/** Before a gateway's first cell of a query, and before each other one. */
const FIRST_WARM_UP_MS = 2_000;
const WARM_UP_MS = 400;

const SUBJECTS: readonly ((folder: string) => Promise<Subject>)[] = [startShop, startPlatformSubject];

/**
 * Our router against stock `@apollo/gateway` and Hive Gateway: the same supergraph, the same subgraphs, in turns, each
 * in a process of its own on a core of its own. Their answers are compared before anything is measured and checked while
 * it is. @throws when any answer is wrong, or ours does not start.
 */
export async function runRouterBench(
  options: RouterBenchOptions = ROUTER_BENCH_DEFAULTS,
  report: Report = () => undefined,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'router-'));
  const stops = new Stops();
  try {
    const pinning = await openPinning();
    await pinning.pinLoad(process.pid);
    const peers = await installPeers(report).catch((error: unknown) => {
      report(`Hive Gateway cannot be had and is left out: ${String(error)}`);
      return null;
    });
    const generator = await startWorker(GENERATOR, join(folder, 'generator.log'));
    stops.add(generator.stop);
    await pinning.pinLoad(generator.pid);
    const bench: Bench = { folder, options, report, pinning, generator, withHive: peers !== null };
    const measured: QueryFigures[] = [];
    const memory: MemoryFigures[] = [];
    for (const start of SUBJECTS) {
      const found = await measureSubject(bench, start);
      measured.push(...found.measured);
      memory.push(...found.memory);
    }
    report('cold plans');
    await pinning.release(process.pid);
    const cold = await measureColdPlans(folder);
    const conditions = conditionsOf(options, pinning, peers);
    return [
      ...measured.map((one, index) => queryTable(one, index === 0 ? conditions : [])),
      memoryTable(memory),
      cold.table,
      routerTargets(measured, memory, cold),
    ];
  } finally {
    await stops.run().finally(() => rm(folder, { recursive: true, force: true }));
  }
}

interface Bench {
  readonly folder: string;
  readonly options: RouterBenchOptions;
  readonly report: Report;
  readonly pinning: Pinning;
  readonly generator: Worker;
  readonly withHive: boolean;
}

interface SubjectFigures {
  readonly measured: readonly QueryFigures[];
  readonly memory: readonly MemoryFigures[];
}

/** Starts a subject and all gateways in front of it, measures, and stops them again. */
async function measureSubject(
  bench: Bench,
  start: (folder: string) => Promise<Subject>,
): Promise<SubjectFigures> {
  const { folder, generator, pinning, report, withHive } = bench;
  const stops = new Stops();
  try {
    const subject = await start(folder);
    stops.add(subject.stop);
    for (const pid of subject.loadPids) await pinning.pinLoad(pid);
    report(`${subject.name}: starting gateways`);
    const gateways = await startGateways(subject, { folder, withHive, report });
    for (const gateway of gateways) {
      stops.add(gateway.stop);
      await pinning.pinMeasured(gateway.rootPid);
    }
    const measured: QueryFigures[] = [];
    for (const query of subject.queries) {
      report(`${subject.name}: comparing answers to the ${query.name} query`);
      const bytes = await compareAnswers(generator, subject, query, gateways);
      report(`${subject.name}: measuring the ${query.name} query`);
      measured.push({ query, bytes, figures: await measureQuery(bench, subject, query, gateways) });
      await generator.call('forget');
    }
    const memory: MemoryFigures[] = [];
    for (const gateway of gateways) {
      const pids = [gateway.rootPid];
      const [memoryMb, shareMb, peakMb] = [
        await readNodeMemoryMb(pids),
        await readNodeShareMb(pids),
        await readNodePeakMb(pids),
      ];
      memory.push({ subject: subject.name, gateway, memoryMb, shareMb, peakMb });
    }
    return { measured, memory };
  } finally {
    await stops.run();
  }
}

async function measureQuery(
  { generator, options }: Bench,
  subject: Subject,
  query: Subject['queries'][number],
  gateways: readonly Gateway[],
): Promise<QueryFigures['figures']> {
  const durationMs = options.durationMs / ROUNDS;
  const cells = [false, true].flatMap((isUnique) =>
    gateways.map((gateway) => ({ gateway, query, isUnique })),
  );
  const phases: Phase[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const cell of cells) {
      const warmUpMs = round === 0 && !cell.isUnique ? FIRST_WARM_UP_MS : WARM_UP_MS;
      phases.push(await measureCell(generator, subject, cell, { warmUpMs, durationMs }));
    }
  }
  return cells.map((cell) => summarize(phases.filter((phase) => phase.cell === cell)));
}

function conditionsOf(
  options: RouterBenchOptions,
  pinning: Pinning,
  peers: string | null,
): readonly string[] {
  return [
    `${CORES} x ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}; ${pinning.description}`,
    `stock: @apollo/gateway in @apollo/server as installed here; hive: ${peers ?? 'could not be had'}`,
    `${CLIENTS} clients; ${ROUNDS} rounds of ${options.durationMs / ROUNDS / 1_000} s each after ${FIRST_WARM_UP_MS / 1_000} s, later ${WARM_UP_MS / 1_000} s of warm-up, in turns`,
    "CPU is the gateway's, user and system of all its threads, for each request; every answer was checked to the byte",
  ];
}
