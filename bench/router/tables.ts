import type { BenchRow, BenchTable } from '../table.ts';
import type { Gateway, GatewayName } from './gateways/gateway.ts';
import type { Figures } from './measure.ts';
import type { SubjectQuery } from './subject.ts';

/** All that was measured with one query. */
export interface QueryFigures {
  readonly query: SubjectQuery;
  /** Of one answer. */
  readonly bytes: number;
  readonly figures: readonly Figures[];
}

export interface MemoryFigures {
  readonly subject: string;
  readonly gateway: Gateway;
  readonly memoryMb: number | null;
  /** The same with shared pages divided among who shares them. */
  readonly shareMb: number | null;
  readonly peakMb: number | null;
}

const COLUMNS = [
  { key: 'name', heading: 'gateway', digits: 0 },
  { key: 'cpuMs', heading: 'CPU ms', digits: 3 },
  { key: 'ofStock', heading: 'stock / this', digits: 1 },
  { key: 'ofHive', heading: 'Hive / this', digits: 1 },
  { key: 'perSecond', heading: 'requests/s', digits: 0 },
  { key: 'p50Ms', heading: 'p50 ms', digits: 1 },
  { key: 'p99Ms', heading: 'p99 ms', digits: 1 },
  { key: 'subgraphRequests', heading: 'subgraph requests', digits: 2 },
  { key: 'loadCpuMs', heading: 'CPU ms of the rest', digits: 3 },
  { key: 'requests', heading: 'requests', digits: 0 },
  { key: 'othersPercent', heading: '% of machine taken by others', digits: 0 },
];

/** A row for each gateway and variant; CPU ratios are to the same variant, stock's being always without coalescing. */
export function queryTable(
  { query, bytes, figures }: QueryFigures,
  conditions: readonly string[],
): BenchTable {
  const rows = figures.map((one): BenchRow => {
    const { gateway, coalesces, isUnique, ...rest } = one;
    const name = `${gateway}, ${coalesces ? 'coalescing, ' : ''}${isUnique ? 'unique' : 'identical'} variables`;
    const stock = findFigures(figures, 'stock', false, isUnique);
    const hive = findFigures(figures, 'hive', coalesces, isUnique);
    return { ...rest, name, ofStock: cpuRatio(stock, one), ofHive: cpuRatio(hive, one) };
  });
  return {
    title: `Router, ${query.name}: ${query.description}, ${(bytes / 1_000).toFixed(1)} kB`,
    conditions,
    columns: COLUMNS,
    rows,
  };
}

export function findFigures(
  figures: readonly Figures[],
  gateway: GatewayName,
  coalesces: boolean,
  isUnique: boolean,
): Figures | undefined {
  return figures.find(
    (one) => one.gateway === gateway && one.coalesces === coalesces && one.isUnique === isUnique,
  );
}

/** How many times the CPU that `other` uses for a request `ours` would pay for; null when either is not known. */
export function cpuRatio(other: Figures | undefined, ours: Figures | undefined): number | null {
  if (other === undefined || ours === undefined) return null;
  return other.cpuMs === null || ours.cpuMs === null ? null : other.cpuMs / ours.cpuMs;
}

export function memoryTable(rows: readonly MemoryFigures[]): BenchTable {
  return {
    title: 'Router: memory of each gateway (RSS), after the load and at most',
    conditions: [],
    columns: [
      { key: 'name', heading: 'gateway', digits: 0 },
      { key: 'memoryMb', heading: 'MB', digits: 0 },
      { key: 'peakMb', heading: 'MB at most, files once', digits: 0 },
      { key: 'shareMb', heading: 'MB, shared pages divided', digits: 0 },
    ],
    rows: rows.map(({ subject, gateway, memoryMb, shareMb, peakMb }) => ({
      name: `${gateway.name}${gateway.coalesces ? ', coalescing' : ''}, ${subject}`,
      memoryMb,
      peakMb,
      shareMb,
    })),
  };
}
