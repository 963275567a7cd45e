import type { BenchRow, BenchTable } from './table.ts';

/** What we hold ourselves to, and whether a run did. */
export function targetsTable(rows: readonly BenchRow[]): BenchTable {
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

export function atLeast(name: string, measured: number | null, min: number): BenchRow {
  return { name, target: `>= ${min}`, measured, met: judge(measured, (value) => value >= min) };
}

export function below(name: string, measured: number | null, max: number): BenchRow {
  return { name, target: `< ${max}`, measured, met: judge(measured, (value) => value < max) };
}

export function exactly(name: string, measured: number | null, wanted: number): BenchRow {
  return { name, target: `= ${wanted}`, measured, met: judge(measured, (value) => value === wanted) };
}

export function holds(name: string, met: boolean): BenchRow {
  return { name, target: 'yes', measured: null, met: met ? 'yes' : 'NO' };
}

function judge(measured: number | null, isMet: (value: number) => boolean): string {
  if (measured === null || Number.isNaN(measured)) return 'not measured';
  return isMet(measured) ? 'yes' : 'NO';
}
