import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** One line of the payroll: what to pay to whom, under a reference that names this payment for ever. */
export interface PayrollLine {
  /** Line in the file, the header being 1. */
  readonly line: number;
  readonly reference: string;
  readonly employeeId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** As written in the file; whether it is an amount is for the API to say. */
  readonly amount: string;
  readonly note: string;
}

const COLUMNS = ['reference', 'employee_id', 'first_name', 'last_name', 'email', 'amount', 'note'] as const;
const LINES_MAX = 10_000;

/** @throws when the file is not readable, lacks a column or is too long. */
export function readPayroll(path: string): readonly PayrollLine[] {
  const records = parse(readFileSync(path), {
    columns: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    to: LINES_MAX + 1,
  }) as unknown as {
    record: Readonly<Record<string, string>>;
    info: { lines: number };
  }[];
  if (records.length > LINES_MAX) throw new Error(`${path} has more than ${LINES_MAX} lines`);
  return records.map(({ record, info }) => {
    const cell = (name: (typeof COLUMNS)[number]): string => {
      const value = record[name];
      if (value === undefined)
        throw new Error(
          `${path} line ${info.lines} has no ${name}; expected the columns ${COLUMNS.join(', ')}`,
        );
      return value;
    };
    return {
      line: info.lines,
      reference: cell('reference'),
      employeeId: cell('employee_id'),
      firstName: cell('first_name'),
      lastName: cell('last_name'),
      email: cell('email'),
      amount: cell('amount'),
      note: cell('note'),
    };
  });
}

/** Lines that repeat an earlier line's reference, with the line they repeat. */
export function findRepeats(lines: readonly PayrollLine[]): ReadonlyMap<PayrollLine, number> {
  const first = new Map<string, number>();
  const repeats = new Map<PayrollLine, number>();
  for (const line of lines) {
    const known = first.get(line.reference);
    if (known === undefined) first.set(line.reference, line.line);
    else repeats.set(line, known);
  }
  return repeats;
}
