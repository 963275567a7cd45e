import type { BenchTable } from '../table.ts';
import { atLeast, below, holds, targetsTable } from '../targets.ts';
import { type Comparison, ratioOf } from './compare.ts';
import type { StreamFigures } from './streamTable.ts';

const SPREAD_RATIO_MIN = 1.5;
const HOT_RATIO_MIN = 3;
const STREAM_P99_MAX_MS = 100;
const MEMORY_MAX_MB = 400;

export function paymentsTargets(
  comparison: Comparison,
  stream: StreamFigures,
  memoryMb: number | null,
): BenchTable {
  return targetsTable([
    atLeast('x naive on 1,000 accounts', ratioOf(comparison, 'spread'), SPREAD_RATIO_MIN),
    atLeast('x naive on one hot account', ratioOf(comparison, 'hot'), HOT_RATIO_MIN),
    below('event to WebSocket client, p99 ms', stream.p99Ms, STREAM_P99_MAX_MS),
    below('memory of all Node processes, MB', memoryMb, MEMORY_MAX_MB),
    holds('every step delivered exactly once', stream.exactlyOnce),
  ]);
}
