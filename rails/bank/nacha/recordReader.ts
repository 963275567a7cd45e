import { type CivilDate, findDate } from '../calendar/civilDate.ts';
import type { Layout } from './records.ts';

/** Takes down one thing that is not as it has to be. */
export type Faults = (line: number, field: string, value: string | null, expected: string) => void;

const DIGITS = /^[0-9]+$/;

/** Fields of one record by name, each checked for its kind as the record is taken apart. */
export function recordReader(layout: Layout, record: string, line: number, fault: Faults) {
  const values = new Map<string, string>();
  let start = 0;
  for (const { name, length, kind, fixed } of layout) {
    const value = record.slice(start, start + length);
    start += length;
    if (fixed !== undefined && value !== fixed) fault(line, name, value, `"${fixed}"`);
    const isRight = kind === 'TEXT' || DIGITS.test(value);
    if (!isRight) fault(line, name, value, `${length} digits`);
    values.set(name, isRight ? value : '0'.repeat(length));
  }
  const text = (name: string): string => (values.get(name) ?? '').trimEnd();
  const integer = (name: string): bigint => BigInt(values.get(name) ?? '0');
  return {
    /** Without the blanks that fill it up. */
    text,
    integer,
    date(name: string): CivilDate {
      const date = shortDate(text(name));
      if (date === null) fault(line, name, text(name), 'a day as YYMMDD');
      return date ?? '2000-01-01';
    },
    /** That a count, hash or total is what the records before it come to. */
    expect(name: string, wanted: bigint): void {
      const found = integer(name);
      if (found !== wanted) fault(line, name, `${found} instead of ${wanted}`, 'what its records come to');
    },
    /** That a field repeats what stood before. */
    repeat(name: string, wanted: string): void {
      if (text(name) !== wanted) fault(line, name, text(name), 'the same as in its header');
    },
    require(name: string, isRight: boolean, expected: string): void {
      if (!isRight) fault(line, name, text(name), expected);
    },
  };
}

export type RecordReader = ReturnType<typeof recordReader>;

/** `YYMMDD` of this century, or null. */
export function shortDate(text: string): CivilDate | null {
  return text.length === 6 ? findDate(`20${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4)}`) : null;
}
