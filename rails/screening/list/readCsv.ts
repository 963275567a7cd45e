import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { ListEntry } from './entry.ts';
import { readEntry } from './readLine.ts';

const COLUMNS: ReadonlySet<string> = new Set(['id', 'list', 'names', 'aliases', 'addresses', 'accounts']);
const BETWEEN_VALUES = ';';
/** More than the longest entry there can be. */
const RECORD_LENGTH_MAX = 2 * 1024 * 1024;
/** Text that is parsed before others get their turn. */
const CHUNK_LENGTH = 65_536;

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Entry null: no entry can be read from that line, which is the last of its row where a cell goes over several. */
export interface ReadRow {
  readonly line: number;
  readonly entry: ListEntry | null;
}

/**
 * Entries of a CSV file (RFC 4180) with a header line that names the columns in any order, several values of a cell
 * separated by `;`. Ends with the first line that is none.
 */
export async function* readCsv(text: string): AsyncGenerator<ReadRow> {
  const rows: AsyncIterable<Row> = Readable.from(chunksOf(text)).pipe(
    parse({
      bom: true,
      info: true,
      comment: '#',
      // Within a line it is part of a name.
      comment_no_infix: true,
      // Looked at below, in the order of the lines.
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: RECORD_LENGTH_MAX,
    }),
  );
  let header: readonly string[] | null = null;
  let line = 1;
  try {
    for await (const { record, info } of rows) {
      line = info.lines;
      if (header === null) {
        header = record;
        if (!isHeader(record)) return yield { line, entry: null };
      } else yield { line, entry: entryOf(header, record) };
    }
  } catch (error) {
    return yield { line: (error as { readonly lines?: number }).lines ?? line, entry: null };
  }
  // A file that ends before it begins is half of one.
  if (header === null) yield { line, entry: null };
}

function* chunksOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; from += CHUNK_LENGTH) yield text.slice(from, from + CHUNK_LENGTH);
}

/** A column that is not known was meant to say something. */
function isHeader(columns: readonly string[]): boolean {
  const isKnown = columns.every((column) => COLUMNS.has(column));
  return isKnown && new Set(columns).size === columns.length && columns.includes('id');
}

function entryOf(header: readonly string[], record: readonly string[]): ListEntry | null {
  if (record.length !== header.length) return null;
  const cells = header.map((column, index): [string, unknown] => {
    const cell = record[index] ?? '';
    if (cell === '') return [column, undefined];
    const isOne = column === 'id' || column === 'list';
    return [column, isOne ? cell : cell.split(BETWEEN_VALUES).map((value) => value.trim())];
  });
  return readEntry(Object.fromEntries(cells));
}
