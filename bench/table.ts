/** Figures of one benchmark run, one row for each thing that was measured. */
export interface BenchTable {
  readonly title: string;
  /** What the figures depend on: machine, settings, duration. */
  readonly conditions: readonly string[];
  readonly columns: readonly BenchColumn[];
  readonly rows: readonly BenchRow[];
}

export interface BenchColumn {
  readonly key: string;
  /** Heading with its unit, such as `p50 ms`. */
  readonly heading: string;
  /** Digits behind the decimal point. */
  readonly digits: number;
}

export type BenchRow = Readonly<Record<string, number | string | null>>;

/** The table as aligned text; a figure that was not measured is a dash. */
export function formatTable(table: BenchTable): string {
  const cells = [
    table.columns.map((column) => column.heading),
    ...table.rows.map((row) => table.columns.map((column) => formatCell(row[column.key], column))),
  ];
  const widths = table.columns.map((_column, index) =>
    Math.max(...cells.map((line) => (line[index] ?? '').length)),
  );
  const lines = cells.map((line) =>
    line
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [table.title, ...table.conditions.map((condition) => `  ${condition}`), '', ...lines, ''].join('\n');
}

/** The table as one line of JSON, for a history of runs. */
export function formatJson(table: BenchTable): string {
  return `${JSON.stringify(table)}\n`;
}

function formatCell(value: number | string | null | undefined, column: BenchColumn): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: column.digits,
    maximumFractionDigits: column.digits,
  });
}
