/**
 * Array parameters as Postgres text. `pg` quotes and escapes each element with a regular expression: measured
 * 0.12 to 0.17 ms for 1,000 elements where this takes 0.06, and a posting batch has some thirty such arrays.
 * Uuids, integers and our own words need no quoting.
 */
export type Unquoted = string | bigint | number | null;

/** `{a,b,NULL}` from elements without commas, quotes, braces or blanks. */
export function arrayOf<Row>(rows: readonly Row[], column: (row: Row) => Unquoted): string {
  if (rows.length === 0) return '{}';
  let text = '{';
  for (const row of rows) text += `${column(row) ?? 'NULL'},`;
  return `${text.slice(0, -1)}}`;
}

/** As `arrayOf`, for text that people wrote. */
export function arrayOfText<Row>(rows: readonly Row[], column: (row: Row) => string | null): string {
  return arrayOf(rows, (row) => {
    const text = column(row);
    return text === null ? null : `"${text.replace(/["\\]/g, '\\$&')}"`;
  });
}

/** As `arrayOf`, for instants. */
export function arrayOfDates<Row>(rows: readonly Row[], column: (row: Row) => Date | null): string {
  return arrayOf(rows, (row) => column(row)?.toISOString() ?? null);
}

/** As `arrayOf`, for bytes. */
export function arrayOfBytes<Row>(rows: readonly Row[], column: (row: Row) => Uint8Array | null): string {
  return arrayOfText(rows, (row) => {
    const bytes = column(row);
    return bytes === null ? null : `\\x${Buffer.from(bytes).toString('hex')}`;
  });
}
