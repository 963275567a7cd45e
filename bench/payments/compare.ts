import type { Worker } from '../load/worker.ts';
import type { BenchTable } from '../table.ts';
import {
  type AnsweredCounts,
  type Figures,
  measurePhase,
  type Phase,
  type PhaseTimes,
  SCENARIOS,
  type Scenario,
  summarize,
} from './measure.ts';
import type { System } from './system.ts';

const ROUNDS = 2;

const COLUMNS = [
  { key: 'name', heading: 'createTransaction', digits: 0 },
  { key: 'perSecond', heading: 'requests/s', digits: 0 },
  { key: 'ratio', heading: 'x naive', digits: 2 },
  { key: 'p50Ms', heading: 'p50 ms', digits: 1 },
  { key: 'p99Ms', heading: 'p99 ms', digits: 1 },
  { key: 'nodeCpuMs', heading: 'Node CPU ms', digits: 3 },
  { key: 'postgresCpuMs', heading: 'Postgres CPU ms', digits: 3 },
  { key: 'redisCpuMs', heading: 'Redis CPU ms', digits: 3 },
  { key: 'generatorCpuMs', heading: 'generator CPU ms', digits: 3 },
  { key: 'requests', heading: 'requests', digits: 0 },
  { key: 'othersPercent', heading: '% of machine taken by others', digits: 0 },
];

const SCENARIO_NAMES: Readonly<Record<Scenario, string>> = {
  spread: '1,000 accounts',
  hot: 'one hot account',
};

/** Both systems in turns, so that noise of the machine hits both. */
export async function compareSystems(
  generator: Worker,
  systems: readonly System[],
  times: PhaseTimes,
  answered: AnsweredCounts,
): Promise<readonly Phase[]> {
  const phases: Phase[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const scenario of SCENARIOS) {
      for (const system of systems)
        phases.push(await measurePhase(generator, system, scenario, times, answered));
    }
  }
  return phases;
}

export type Comparison = Readonly<Record<Scenario, { readonly omsx: Figures; readonly naive: Figures }>>;

export function figuresOf(phases: readonly Phase[]): Comparison {
  const of = (system: System['name'], scenario: Scenario): Figures =>
    summarize(phases.filter((phase) => phase.system === system && phase.scenario === scenario));
  const both = (scenario: Scenario) => ({ omsx: of('omsx', scenario), naive: of('naive', scenario) });
  return { spread: both('spread'), hot: both('hot') };
}

export function comparisonTable(comparison: Comparison, conditions: readonly string[]): BenchTable {
  const rows = SCENARIOS.flatMap((scenario) =>
    (['omsx', 'naive'] as const).map((name) => ({
      ...comparison[scenario][name],
      name: `${name}, ${SCENARIO_NAMES[scenario]}`,
      ratio: name === 'omsx' ? ratioOf(comparison, scenario) : null,
    })),
  );
  return { title: 'Payments: createTransaction over HTTP', conditions, columns: COLUMNS, rows };
}

export function ratioOf(comparison: Comparison, scenario: Scenario): number {
  const { omsx, naive } = comparison[scenario];
  return omsx.perSecond / naive.perSecond;
}
