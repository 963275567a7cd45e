import type { QueryRunner } from 'typeorm';
import { activeSpan, type Span, spanning } from './tracing.ts';

/**
 * A statement as part of `parent`: its name, never its text or values, and how many rows it gave.
 * Source: https://opentelemetry.io/docs/specs/semconv/database/
 */
export function tracedRows<Row>(
  parent: Span,
  name: string,
  run: () => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  return traced(parent, name, run, (rows) => rows.length);
}

/** Makes what TypeORM sends over `runner` part of the active span, named by the command and table that it begins with. */
export function traceRunner(runner: QueryRunner): void {
  const query = runner.query.bind(runner) as (...args: readonly unknown[]) => Promise<unknown>;
  const tracedQuery = (text: string, ...rest: readonly unknown[]): Promise<unknown> => {
    const parent = activeSpan();
    const run = (): Promise<unknown> => query(text, ...rest);
    return parent === undefined ? run() : traced(parent, nameOf(text), run, countRows);
  };
  runner.query = tracedQuery as QueryRunner['query'];
}

const COMMAND = /^\s*(\w+)[\s\S]*?\b(?:from|into|update)\s+("?\w+"?(?:\."?\w+"?)?)/i;

function nameOf(text: string): string {
  const [, command = 'QUERY', table = ''] = COMMAND.exec(text) ?? [];
  return `${command} ${table.replaceAll('"', '')}`.trim();
}

function countRows(result: unknown): number {
  const rows: unknown = Array.isArray(result) ? result : (result as { records?: unknown })?.records;
  return Array.isArray(rows) ? rows.length : 0;
}

function traced<T>(
  parent: Span,
  name: string,
  run: () => Promise<T>,
  rowsOf: (result: T) => number,
): Promise<T> {
  const span = parent.child(name, 'CLIENT', { 'db.system.name': 'postgresql', 'db.query.summary': name });
  return spanning(span, async () => {
    const result = await run();
    span.set({ 'db.response.returned_rows': rowsOf(result) });
    return result;
  });
}
