/** Characters of a record, and records of a block: a file is filled up to whole blocks with lines of nines. */
export const RECORD_LENGTH = 94;
export const BLOCKING_FACTOR = 10;

/** How a field is written: digits from the right after zeros, or text from the left before blanks. */
type FieldKind = 'NUMERIC' | 'TEXT';

export interface Field {
  readonly name: string;
  readonly length: number;
  readonly kind: FieldKind;
  /** What is always there. */
  readonly fixed?: string;
}

export type Layout = readonly Field[];

export type Values = Readonly<Record<string, string>>;

function digits(name: string, length: number): Field {
  return { name, length, kind: 'NUMERIC' };
}

function text(name: string, length: number): Field {
  return { name, length, kind: 'TEXT' };
}

function fixed(name: string, value: string): Field {
  return { name, length: value.length, kind: 'TEXT', fixed: value };
}

/** Nacha Operating Rules, Appendix Three: each record in the order of its fields, 94 characters in all. */
export const FILE_HEADER: Layout = [
  fixed('recordType', '1'),
  fixed('priorityCode', '01'),
  text('immediateDestination', 10),
  text('immediateOrigin', 10),
  digits('creationDate', 6),
  text('creationTime', 4),
  text('fileIdModifier', 1),
  fixed('recordSize', '094'),
  fixed('blockingFactor', '10'),
  fixed('formatCode', '1'),
  text('destinationName', 23),
  text('originName', 23),
  text('referenceCode', 8),
];

export const BATCH_HEADER: Layout = [
  fixed('recordType', '5'),
  digits('serviceClass', 3),
  text('companyName', 16),
  text('discretionaryData', 20),
  text('companyId', 10),
  text('entryClass', 3),
  text('entryDescription', 10),
  text('descriptiveDate', 6),
  digits('effectiveDate', 6),
  text('settlementDate', 3),
  text('originatorStatus', 1),
  digits('odfi', 8),
  digits('batchNumber', 7),
];

export const ENTRY: Layout = [
  fixed('recordType', '6'),
  digits('transactionCode', 2),
  digits('rdfi', 8),
  digits('checkDigit', 1),
  text('accountNumber', 17),
  digits('amountMinor', 10),
  text('individualId', 15),
  text('individualName', 22),
  text('discretionaryData', 2),
  digits('addendaIndicator', 1),
  digits('traceNumber', 15),
];

export const PAYMENT_ADDENDA: Layout = [
  fixed('recordType', '7'),
  fixed('addendaType', '05'),
  text('information', 80),
  digits('sequence', 4),
  digits('entrySequence', 7),
];

export const RETURN_ADDENDA: Layout = [
  fixed('recordType', '7'),
  fixed('addendaType', '99'),
  text('code', 3),
  digits('originalTrace', 15),
  text('dateOfDeath', 6),
  digits('originalRdfi', 8),
  text('information', 44),
  digits('traceNumber', 15),
];

export const CHANGE_ADDENDA: Layout = [
  fixed('recordType', '7'),
  fixed('addendaType', '98'),
  text('code', 3),
  digits('originalTrace', 15),
  fixed('reserved', ' '.repeat(6)),
  digits('originalRdfi', 8),
  text('correctedData', 29),
  fixed('reservedToo', ' '.repeat(15)),
  digits('traceNumber', 15),
];

export const BATCH_CONTROL: Layout = [
  fixed('recordType', '8'),
  digits('serviceClass', 3),
  digits('entryCount', 6),
  digits('entryHash', 10),
  digits('debitMinor', 12),
  digits('creditMinor', 12),
  text('companyId', 10),
  text('authenticationCode', 19),
  fixed('reserved', ' '.repeat(6)),
  digits('odfi', 8),
  digits('batchNumber', 7),
];

export const FILE_CONTROL: Layout = [
  fixed('recordType', '9'),
  digits('batchCount', 6),
  digits('blockCount', 6),
  digits('entryCount', 8),
  digits('entryHash', 10),
  digits('debitMinor', 12),
  digits('creditMinor', 12),
  fixed('reserved', ' '.repeat(39)),
];

export const PADDING = '9'.repeat(RECORD_LENGTH);
