/** What a spreadsheet would take for a formula, also after blanks, and in the wide forms of Asian keyboards. */
const FORMULA = /^\s*[=+\-@|%\t\r\n＝＋－＠]/;
/** Negative amounts begin with a minus and are no formulas. */
const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;
const QUOTED = /[",\r\n]/;

/**
 * Rows as RFC 4180 has them: CRLF at each end, quotes where they are needed. What a spreadsheet would run gets an
 * apostrophe before it, so that a name that somebody else chose is never a formula on our customer's desk.
 *
 * @param rows each as long as the header
 */
export function writeCsv(header: readonly string[], rows: Iterable<readonly string[]>): string {
  return `${csvHeader(header)}${csvRows(rows)}`;
}

/** The first line by itself, for what is written in parts. */
export function csvHeader(header: readonly string[]): string {
  return csvRows([header]);
}

/** Rows by themselves, as `writeCsv`. */
export function csvRows(rows: Iterable<readonly string[]>): string {
  let text = '';
  for (const row of rows) text += `${lineOf(row)}\r\n`;
  return text;
}

function lineOf(cells: readonly string[]): string {
  return cells.map(cellOf).join(',');
}

function cellOf(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
