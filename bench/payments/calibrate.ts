import type { Worker } from '../load/worker.ts';
import type { BenchTable } from '../table.ts';
import { compareSystems } from './compare.ts';
import { type AnsweredCounts, type Phase, type PhaseTimes, type Scenario, summarize } from './measure.ts';
import { NAIVE_LAYOUTS, type NaiveGround, startNaive } from './naive.ts';
import type { System } from './system.ts';

const TIMES: PhaseTimes = { warmUpMs: 1_500, durationMs: 2_500 };

/**
 * Tries the layouts that the manuals leave open, in turns, and keeps the one that serves the naive system best: it
 * goes on running, warm as it is. The others are stopped.
 */
export async function startBestNaive(
  generator: Worker,
  ground: NaiveGround,
  answered: AnsweredCounts,
): Promise<{ readonly naive: System; readonly table: BenchTable }> {
  const systems: System[] = [];
  try {
    for (const layout of NAIVE_LAYOUTS) systems.push(await startNaive(ground, layout));
    const phases = await compareSystems(generator, systems, TIMES, answered);
    const rows = systems.map(({ layout }) => {
      const [spread, hot] = [rateOf(phases, layout, 'spread'), rateOf(phases, layout, 'hot')];
      return { name: layout, spread, hot, both: Math.sqrt(spread * hot) };
    });
    const best = rows.reduce((a, b) => (b.both > a.both ? b : a));
    const naive = systems.find(({ layout }) => layout === best.name) as System;
    await Promise.all(systems.filter((system) => system !== naive).map((system) => system.stop()));
    return {
      naive,
      table: {
        title: 'Naive way: which layout serves it best',
        conditions: [
          `two rounds of ${TIMES.durationMs / 1_000} s each after ${TIMES.warmUpMs / 1_000} s of warm-up, in turns`,
          `kept: ${best.name}`,
        ],
        columns: [
          { key: 'name', heading: 'layout', digits: 0 },
          { key: 'spread', heading: 'requests/s, spread', digits: 0 },
          { key: 'hot', heading: 'requests/s, hot', digits: 0 },
          { key: 'both', heading: 'geometric mean', digits: 0 },
        ],
        rows,
      },
    };
  } catch (error) {
    await Promise.allSettled(systems.map((system) => system.stop()));
    throw error;
  }
}

function rateOf(phases: readonly Phase[], layout: string, scenario: Scenario): number {
  return summarize(phases.filter((phase) => phase.layout === layout && phase.scenario === scenario))
    .perSecond;
}
