import type { BenchTable } from '../table.ts';
import { type Comparison, ratioOf } from './compare.ts';
import type { StreamFigures } from './streamTable.ts';

const SPREAD_RATIO_MIN = 1.5;
const HOT_RATIO_MIN = 3;
const STREAM_P99_MAX_MS = 100;
const MEMORY_MAX_MB = 400;

/** What we hold ourselves to, and whether this run did. */
export function targetsTable(
  comparison: Comparison,
  stream: StreamFigures,
  memoryMb: number | null,
): BenchTable {
  const rows = [
    atLeast('x naive on 1,000 accounts', ratioOf(comparison, 'spread'), SPREAD_RATIO_MIN),
    atLeast('x naive on one hot account', ratioOf(comparison, 'hot'), HOT_RATIO_MIN),
    below('event to WebSocket client, p99 ms', stream.p99Ms, STREAM_P99_MAX_MS),
    below('memory of all Node processes, MB', memoryMb, MEMORY_MAX_MB),
    {
      name: 'every step delivered exactly once',
      target: 'yes',
      measured: null,
      met: stream.exactlyOnce ? 'yes' : 'NO',
    },
  ];
  return {
    title: 'Targets',
    conditions: [],
    columns: [
      { key: 'name', heading: 'target', digits: 0 },
      { key: 'target', heading: 'wanted', digits: 0 },
      { key: 'measured', heading: 'measured', digits: 2 },
      { key: 'met', heading: 'met', digits: 0 },
    ],
    rows,
  };
}

function atLeast(name: string, measured: number, min: number) {
  return { name, target: `>= ${min}`, measured, met: measured >= min ? 'yes' : 'NO' };
}

function below(name: string, measured: number | null, max: number) {
  const met = measured === null ? 'not measured' : measured < max ? 'yes' : 'NO';
  return { name, target: `< ${max}`, measured, met };
}
