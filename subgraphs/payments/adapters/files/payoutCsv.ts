import { parse } from 'csv-parse/sync';
import { PAYOUT_ITEMS_MAX } from '../../domain/payouts/payoutBatch.ts';
import type { PayoutFault, PayoutItemRequest } from '../../domain/payouts/payoutRequest.ts';
import type { PayoutFile } from './payoutFile.ts';

/** Columns by the name in the header line; any other column is `metadata.` and the key of a pair. */
const COLUMNS = {
  destination_id: 'destinationId',
  destination_address: 'destinationAddress',
  amount: 'amount',
  description: 'description',
  external_id: 'externalId',
  destination_external_account_id: 'destinationExternalAccountId',
  rail: 'rail',
  speed: 'speed',
  reference: 'reference',
} as const;

/** Columns of a bank account that is used once; its rail is that of the line. */
const ACCOUNT_COLUMNS = {
  account_holder_name: 'accountHolderName',
  routing_number: 'routingNumber',
  account_number: 'accountNumber',
  iban: 'iban',
  clabe: 'clabe',
  pix_key: 'pixKey',
  upi_id: 'upiId',
} as const;

type Column = keyof typeof COLUMNS;
type AccountColumn = keyof typeof ACCOUNT_COLUMNS;

const METADATA_PREFIX = 'metadata.';
/** The longest line there can be of what items may hold, and then some. */
const LINE_LENGTH_MAX = 65_536;
const VALUE_LENGTH_MAX = 100;
const HEADER_EXPECTED = `${Object.keys({ ...COLUMNS, ...ACCOUNT_COLUMNS }).join(', ')} or ${METADATA_PREFIX}KEY, each once`;

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads RFC 4180: commas, quotes, a header line that names the columns in any order, with or without a byte order mark.
 * An empty cell is a value that was left out; any other is taken as it is, so that `=1+1` is text and no formula.
 */
export function readPayoutCsv(text: string): PayoutFile {
  const faults: PayoutFault[] = [];
  const lines = readLines(text, faults);
  const [header, ...rows] = lines;
  if (header === undefined) {
    if (faults.length === 0) faults.push(faultOf(1, 'header', null, HEADER_EXPECTED));
    return { items: [], faults, columnOf };
  }
  if (!checkHeader(header, faults)) return { items: [], faults, columnOf };
  const items: PayoutItemRequest[] = [];
  for (const row of rows) {
    if (row.record.length !== header.record.length) {
      const expected = `${header.record.length} cells, as in the header line`;
      faults.push(faultOf(row.info.lines, 'line', `${row.record.length} cells`, expected));
      continue;
    }
    items.push(itemOf(header.record, row));
  }
  return { items, faults, columnOf };
}

function readLines(text: string, faults: PayoutFault[]): readonly Line[] {
  return parse(text, {
    bom: true,
    info: true,
    relax_column_count: true,
    // A stray quote is then part of its cell, and what is wrong with the cell is told of its own line only.
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LINE_LENGTH_MAX,
    // The header, and one more than may be, to tell that there are too many.
    to: PAYOUT_ITEMS_MAX + 2,
    on_skip: (error) => {
      const line = (error as { lines?: number } | undefined)?.lines ?? 1;
      faults.push(faultOf(line, 'line', null, 'cells between commas, with quotes doubled inside quotes'));
      return undefined;
    },
  }) as unknown as readonly Line[];
}

function checkHeader({ record, info }: Line, faults: PayoutFault[]): boolean {
  const seen = new Set<string>();
  const before = faults.length;
  for (const name of record) {
    const isMetadata = name.startsWith(METADATA_PREFIX) && name.length > METADATA_PREFIX.length;
    const isKnown = isMetadata || Object.hasOwn(COLUMNS, name) || Object.hasOwn(ACCOUNT_COLUMNS, name);
    if (seen.has(name) || !isKnown) {
      faults.push(faultOf(info.lines, 'header', name, HEADER_EXPECTED));
    }
    seen.add(name);
  }
  if (!seen.has('amount')) faults.push(faultOf(info.lines, 'header', null, 'a column called amount'));
  return faults.length === before;
}

function itemOf(header: readonly string[], { record, info }: Line): PayoutItemRequest {
  const cells: { [field in (typeof COLUMNS)[Column]]?: string } = {};
  const account: { [field in (typeof ACCOUNT_COLUMNS)[AccountColumn]]?: string } = {};
  const metadata: { key: string; value: string }[] = [];
  for (const [index, name] of header.entries()) {
    const value = record[index] ?? '';
    if (value === '') continue;
    if (Object.hasOwn(COLUMNS, name)) cells[COLUMNS[name as Column]] = value;
    else if (Object.hasOwn(ACCOUNT_COLUMNS, name)) account[ACCOUNT_COLUMNS[name as AccountColumn]] = value;
    else metadata.push({ key: name.slice(METADATA_PREFIX.length), value });
  }
  const destinationBankAccount = Object.keys(account).length === 0 ? null : account;
  return { ...cells, destinationBankAccount, amount: cells.amount ?? '', metadata, row: info.lines };
}

function columnOf(field: string): string {
  // A fault of an account is told as `destinationBankAccount.iban`.
  const last = field.slice(field.lastIndexOf('.') + 1);
  const all = Object.entries({ ...COLUMNS, ...ACCOUNT_COLUMNS });
  const known = all.find(([, name]) => name === last);
  return known?.[0] ?? field;
}

function faultOf(row: number, field: string, value: string | null, expected: string): PayoutFault {
  const shown = value === null ? null : value.slice(0, VALUE_LENGTH_MAX);
  return { item: null, row, field, value: shown, expected, code: 'INVALID_INPUT' };
}
