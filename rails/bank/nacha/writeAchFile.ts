import type { CivilDate } from '../calendar/civilDate.ts';
import {
  ACH_RECORDS_MAX,
  type AchBatch,
  type AchEntry,
  type AchFault,
  type AchFile,
  AchFileError,
  type Addenda,
} from './achFile.ts';
import {
  BATCH_CONTROL,
  BATCH_HEADER,
  BLOCKING_FACTOR,
  CHANGE_ADDENDA,
  ENTRY,
  FILE_CONTROL,
  FILE_HEADER,
  type Layout,
  PADDING,
  PAYMENT_ADDENDA,
  RETURN_ADDENDA,
  type Values,
} from './records.ts';
import { type Totals, totalsOf, totalsOfFile } from './totals.ts';

/** What the format can carry: printable ASCII. */
const TEXT = /^[ -~]*$/;
const DIGITS = /^[0-9]*$/;
const VALUE_SHOWN_MAX = 40;

/**
 * A file of records of 94 characters, one a line, filled up to whole blocks, with counts, hashes and totals worked out.
 *
 * @throws {AchFileError} when a value does not fit into its field, or has characters that the format cannot carry
 */
export function writeAchFile(file: AchFile): string {
  const writer = createWriter();
  const { batches: _, ...header } = file;
  writer.write(FILE_HEADER, { ...header, creationDate: shortDate(file.creationDate) });
  for (const batch of file.batches) writeBatch(batch, writer.write);
  const records = writer.lines.length + 1;
  const blocks = Math.ceil(records / BLOCKING_FACTOR);
  writer.write(FILE_CONTROL, {
    batchCount: String(file.batches.length),
    blockCount: String(blocks),
    ...written(totalsOfFile(file.batches)),
  });
  const padding = Array.from({ length: blocks * BLOCKING_FACTOR - records }, () => PADDING);
  if (writer.lines.length > ACH_RECORDS_MAX)
    writer.fault({
      line: 0,
      field: 'records',
      value: String(records),
      expected: `${ACH_RECORDS_MAX} at most`,
    });
  if (writer.faults.length > 0) throw new AchFileError(writer.faults);
  return `${[...writer.lines, ...padding].join('\n')}\n`;
}

type Write = (layout: Layout, values: Values) => void;

function createWriter() {
  const lines: string[] = [];
  const faults: AchFault[] = [];
  const write: Write = (layout, values) => {
    const line = lines.length + 1;
    const fields = layout.map(({ name, length, kind, fixed }) => {
      if (fixed !== undefined) return fixed;
      const value = values[name] ?? '';
      const isFit = value.length <= length && (kind === 'NUMERIC' ? DIGITS : TEXT).test(value);
      if (!isFit) {
        const expected = `${length} ${kind === 'NUMERIC' ? 'digits' : 'characters of ASCII'} at most`;
        faults.push({ line, field: name, value: value.slice(0, VALUE_SHOWN_MAX), expected });
      }
      return kind === 'NUMERIC' ? value.padStart(length, '0') : value.padEnd(length, ' ');
    });
    lines.push(fields.join(''));
  };
  return { lines, faults, write, fault: (fault: AchFault) => faults.push(fault) };
}

function writeBatch(batch: AchBatch, write: Write): void {
  const { entries, batchNumber, settlementDay, ...texts } = batch;
  write(BATCH_HEADER, {
    ...texts,
    settlementDate: settlementDay,
    effectiveDate: shortDate(batch.effectiveDate),
    batchNumber: String(batchNumber),
  });
  for (const entry of entries) {
    write(ENTRY, {
      transactionCode: entry.transactionCode,
      rdfi: entry.routingNumber.slice(0, 8),
      checkDigit: entry.routingNumber.slice(8),
      accountNumber: entry.accountNumber,
      amountMinor: String(entry.amountMinor),
      individualId: entry.individualId,
      individualName: entry.individualName,
      discretionaryData: entry.discretionaryData,
      addendaIndicator: entry.addenda.length > 0 ? '1' : '0',
      traceNumber: entry.traceNumber,
    });
    for (const [at, addenda] of entry.addenda.entries()) writeAddenda(entry, addenda, at + 1, write);
  }
  write(BATCH_CONTROL, {
    serviceClass: batch.serviceClass,
    ...written(totalsOf(entries)),
    companyId: batch.companyId,
    odfi: batch.odfi,
    batchNumber: String(batchNumber),
  });
}

function writeAddenda(entry: AchEntry, addenda: Addenda, sequence: number, write: Write): void {
  const { traceNumber } = entry;
  if (addenda.kind === 'PAYMENT') {
    const { information } = addenda;
    write(PAYMENT_ADDENDA, { information, sequence: String(sequence), entrySequence: traceNumber.slice(-7) });
  } else if (addenda.kind === 'RETURN') {
    const { kind: _, dateOfDeath, ...texts } = addenda;
    const died = dateOfDeath === null ? '' : shortDate(dateOfDeath);
    write(RETURN_ADDENDA, { ...texts, dateOfDeath: died, traceNumber });
  } else {
    const { kind: _, ...texts } = addenda;
    write(CHANGE_ADDENDA, { ...texts, traceNumber });
  }
}

function written({ entryCount, entryHash, debitMinor, creditMinor }: Totals): Values {
  return {
    entryCount: String(entryCount),
    entryHash: String(entryHash),
    debitMinor: String(debitMinor),
    creditMinor: String(creditMinor),
  };
}

/** `YYMMDD`. */
function shortDate(date: CivilDate): string {
  return date.slice(2).replaceAll('-', '');
}
