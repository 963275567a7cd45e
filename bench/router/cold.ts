import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
import type { PlannerKind } from '../../router/engine/plan/process.ts';
import { quantile } from '../figures.ts';
import { startWorker } from '../load/worker.ts';
import type { BenchTable } from '../table.ts';

/** Times of an operation that no cache knows, over several of its kind. */
export interface ColdFigures {
  /** To plan and compile in a process that has been warmed up, after a pause: the median. */
  readonly planMs: number;
  /** The most that the event loop was late while it was parsed, validated, planned and compiled. */
  readonly delayMaxMs: number;
  readonly table: BenchTable;
}

/** What the worker measures of one operation. */
export interface ColdRun {
  readonly parseMs: number;
  readonly planMs: number;
  readonly delayMs: number;
}

/** All that is measured of one operation. */
export interface ColdRuns {
  /** The first plan of the process. */
  readonly firstMs: number;
  /** Plans in a warm process, one right after the other. */
  readonly busyMs: readonly number[];
  /** The same with a pause before each, in which caches of the processor are lost. */
  readonly rested: readonly ColdRun[];
  /** The part of the planner's process, one right after the other. */
  readonly plannerMs: readonly number[];
}

interface Case {
  readonly name: string;
  readonly file: string;
  readonly planner: PlannerKind;
  readonly runs: number;
}

const MAIN = join(projectRoot, 'bench', 'router', 'coldMain.ts');
const FOLDER = join(projectRoot, 'bench', 'router', 'platform');

/** Before those that are measured, so that V8 has compiled what a router that has run for a while has. */
const WARM_UP_RUNS = 100;

/** The first is what the targets are about; the last is what only an abuse would ask for. */
const CASES: readonly Case[] = [
  {
    name: "a page of everything about a Transaction, Hive's planner",
    file: 'page',
    planner: 'hive',
    runs: 20,
  },
  { name: "the same, Apollo's planner", file: 'page', planner: 'apollo', runs: 20 },
  { name: "all that can be asked at once, Hive's planner", file: 'everything', planner: 'hive', runs: 10 },
];

const COLUMNS = [
  { key: 'name', heading: 'operation and planner', digits: 0 },
  { key: 'firstMs', heading: 'first plan of the process ms', digits: 1 },
  { key: 'planMs', heading: 'plan ms after a pause', digits: 2 },
  { key: 'planMaxMs', heading: 'at most', digits: 1 },
  { key: 'busyMs', heading: 'plan ms without', digits: 2 },
  { key: 'plannerMs', heading: "of it the planner's process", digits: 2 },
  { key: 'parseMs', heading: 'parse and validate ms', digits: 2 },
  { key: 'delayMs', heading: 'held up ms', digits: 1 },
  { key: 'delayMaxMs', heading: 'at most', digits: 1 },
];

/** Plans the largest operations again and again under new names, in a process of its own for each case. */
export async function measureColdPlans(folder: string): Promise<ColdFigures> {
  const sdl = await readFile(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8');
  const found: (Case & { readonly measured: ColdRuns })[] = [];
  for (const one of CASES) {
    const document = await readFile(join(FOLDER, `${one.file}.graphql`), 'utf8');
    const worker = await startWorker(MAIN, join(folder, 'cold.log'));
    try {
      const job = { planner: one.planner, sdl, document, runs: one.runs, warmUpRuns: WARM_UP_RUNS };
      found.push({ ...one, measured: await worker.call<ColdRuns>('measure', job) });
    } finally {
      await worker.stop();
    }
  }
  const page = found[0]?.measured.rested ?? [];
  return {
    planMs: median(page.map(({ planMs }) => planMs)),
    delayMaxMs: Math.max(...page.map(({ delayMs }) => delayMs)),
    table: {
      title: 'Router: our largest operations, as no cache knows them',
      conditions: [
        `over our own supergraph, under another name each time, after ${WARM_UP_RUNS} plans to warm the process up; a plan is made and compiled; medians`,
        'held up: by how much the event loop was late while it was parsed, validated, planned and compiled',
      ],
      columns: COLUMNS,
      rows: found.map(({ name, measured }) => describe(name, measured)),
    },
  };
}

function describe(name: string, { firstMs, busyMs, rested, plannerMs }: ColdRuns) {
  return {
    name,
    firstMs,
    planMs: median(rested.map(({ planMs }) => planMs)),
    planMaxMs: Math.max(...rested.map(({ planMs }) => planMs)),
    busyMs: median(busyMs),
    plannerMs: median(plannerMs),
    parseMs: median(rested.map(({ parseMs }) => parseMs)),
    delayMs: median(rested.map(({ delayMs }) => delayMs)),
    delayMaxMs: Math.max(...rested.map(({ delayMs }) => delayMs)),
  };
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
