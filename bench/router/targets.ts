import type { BenchRow, BenchTable } from '../table.ts';
import { atLeast, below, targetsTable } from '../targets.ts';
import type { ColdFigures } from './cold.ts';
import type { Figures } from './measure.ts';
import { cpuRatio, findFigures, type MemoryFigures, type QueryFigures } from './tables.ts';

const DEEP_STOCK_RATIO_MIN = 7;
const DEEP_HIVE_RATIO_MIN = 2;
const SMALL_STOCK_RATIO_MIN = 5;
const COALESCING_RATIO_MIN = 1;
const MEMORY_SHARE_MAX = 0.333;
const COLD_PLAN_MAX_MS = 5;
const LOOP_DELAY_MAX_MS = 20;

/** What we hold the router to, and whether this run did. Of several variants the worst one counts. */
export function routerTargets(
  measured: readonly QueryFigures[],
  memory: readonly MemoryFigures[],
  cold: ColdFigures,
): BenchTable {
  const of = (name: string): readonly Figures[] =>
    measured.find(({ query }) => query.name === name)?.figures ?? [];
  const deep = of('deep');
  const rows: readonly BenchRow[] = [
    atLeast('deep query, no coalescing: CPU, stock / ours', plainRatio(deep, 'stock'), DEEP_STOCK_RATIO_MIN),
    atLeast('deep query, no coalescing: CPU, Hive / ours', plainRatio(deep, 'hive'), DEEP_HIVE_RATIO_MIN),
    ...['small', 'small, on Postgres'].map((name) =>
      atLeast(
        `${name}, no coalescing: CPU, stock / ours`,
        plainRatio(of(name), 'stock'),
        SMALL_STOCK_RATIO_MIN,
      ),
    ),
    atLeast('deep query, coalescing identical: CPU, Hive / ours', sharedCpu(deep), COALESCING_RATIO_MIN),
    atLeast(
      'deep query, coalescing identical: requests/s, ours / Hive',
      sharedRate(deep),
      COALESCING_RATIO_MIN,
    ),
    below('most memory, ours / Hive', memoryShare(memory), MEMORY_SHARE_MAX),
    below('cold plan of the largest operation, ms', cold.planMs, COLD_PLAN_MAX_MS),
    below('most that the event loop was held up by it, ms', cold.delayMaxMs, LOOP_DELAY_MAX_MS),
  ];
  return targetsTable(rows);
}

function plainRatio(figures: readonly Figures[], other: 'stock' | 'hive'): number | null {
  return worst(
    [false, true].map((isUnique) =>
      cpuRatio(findFigures(figures, other, false, isUnique), findFigures(figures, 'omsx', false, isUnique)),
    ),
    Math.min,
  );
}

function sharedCpu(figures: readonly Figures[]): number | null {
  return cpuRatio(findFigures(figures, 'hive', true, false), findFigures(figures, 'omsx', true, false));
}

function sharedRate(figures: readonly Figures[]): number | null {
  const [hive, ours] = [findFigures(figures, 'hive', true, false), findFigures(figures, 'omsx', true, false)];
  return hive === undefined || ours === undefined ? null : ours.perSecond / hive.perSecond;
}

function memoryShare(memory: readonly MemoryFigures[]): number | null {
  const shares = memory.flatMap((ours) => {
    if (ours.gateway.name !== 'omsx') return [];
    const hive = memory.find(
      ({ subject, gateway }) =>
        gateway.name === 'hive' && subject === ours.subject && gateway.coalesces === ours.gateway.coalesces,
    );
    if (hive === undefined) return [];
    return [hive.peakMb === null || ours.peakMb === null ? null : ours.peakMb / hive.peakMb];
  });
  return worst(shares, Math.max);
}

function worst(values: readonly (number | null)[], pick: (...values: number[]) => number): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length ? null : pick(...known);
}
