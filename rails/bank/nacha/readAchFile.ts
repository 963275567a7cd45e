import { ACH_RECORDS_MAX, type AchBatch, type AchFault, type AchFile, AchFileError } from './achFile.ts';
import { readBatch } from './readBatch.ts';
import { type Faults, recordReader } from './recordReader.ts';
import { BLOCKING_FACTOR, FILE_CONTROL, FILE_HEADER, PADDING, RECORD_LENGTH } from './records.ts';
import { totalsOfFile } from './totals.ts';

/** A file of 200,000 records, with the ends of its lines. */
const FILE_BYTES_MAX = 20 * 1024 * 1024;
/** Faults that are collected; a file with more is of another kind altogether. */
const FAULTS_MAX = 100;

/**
 * Everything that a NACHA file says, after all its records, counts, hashes and totals were found to agree.
 *
 * @param bytes in lines that end with LF or CRLF, or in one run of records; at most 20 MB
 * @throws {AchFileError} with all faults, up to 100
 */
export function readAchFile(bytes: Uint8Array): AchFile {
  const faults: AchFault[] = [];
  const collect: Faults = (line, field, value, expected) => {
    faults.push({ line, field, value: value?.slice(0, 40) ?? null, expected });
    if (faults.length >= FAULTS_MAX) throw new AchFileError(faults);
  };
  const lines = linesOf(bytes, collect);
  if (faults.length > 0) throw new AchFileError(faults);
  const file = readLines(lines, collect);
  if (faults.length > 0 || file === null) throw new AchFileError(faults);
  return file;
}

function linesOf(bytes: Uint8Array, fault: Faults): readonly string[] {
  if (bytes.length > FILE_BYTES_MAX) {
    fault(0, 'file', `${bytes.length} bytes`, `${FILE_BYTES_MAX} bytes at most`);
    return [];
  }
  const odd = bytes.findIndex((byte) => byte > 0x7e || (byte < 0x20 && byte !== 0x0a && byte !== 0x0d));
  if (odd >= 0) {
    fault(0, 'file', `byte ${bytes[odd]} at ${odd}`, 'printable ASCII');
    return [];
  }
  const text = Buffer.from(bytes).toString('latin1');
  const lines = /[\r\n]/.test(text) ? text.split(/\r?\n/) : (text.match(/.{1,94}/g) ?? []);
  while (lines.at(-1) === '') lines.pop();
  for (const [at, line] of lines.entries()) {
    if (line.length !== RECORD_LENGTH)
      fault(at + 1, 'record', `${line.length} characters`, `${RECORD_LENGTH} characters`);
  }
  if (lines.length > ACH_RECORDS_MAX + BLOCKING_FACTOR)
    fault(0, 'records', String(lines.length), `${ACH_RECORDS_MAX} at most`);
  return lines;
}

function readLines(lines: readonly string[], fault: Faults): AchFile | null {
  const [header, ...rest] = lines;
  if (header === undefined || !header.startsWith('1')) {
    fault(1, 'recordType', header?.charAt(0) ?? null, 'a file header (1)');
    return null;
  }
  const of = recordReader(FILE_HEADER, header, 1, fault);
  const batches: AchBatch[] = [];
  let at = 1;
  while (rest[at - 1]?.startsWith('5')) {
    const read = readBatch(lines, at, fault);
    batches.push(read.batch);
    at = read.next;
  }
  const control = lines[at];
  if (control === undefined || !control.startsWith('9') || control === PADDING) {
    fault(at + 1, 'recordType', control?.charAt(0) ?? null, 'a batch header (5) or the file control (9)');
    return null;
  }
  checkControl(lines, at, batches, fault);
  return {
    immediateDestination: of.text('immediateDestination'),
    immediateOrigin: of.text('immediateOrigin'),
    creationDate: of.date('creationDate'),
    creationTime: of.text('creationTime'),
    fileIdModifier: of.text('fileIdModifier'),
    destinationName: of.text('destinationName'),
    originName: of.text('originName'),
    referenceCode: of.text('referenceCode'),
    batches,
  };
}

function checkControl(
  lines: readonly string[],
  at: number,
  batches: readonly AchBatch[],
  fault: Faults,
): void {
  const line = at + 1;
  const of = recordReader(FILE_CONTROL, lines[at] ?? '', line, fault);
  const totals = totalsOfFile(batches);
  const blocks = Math.ceil(line / BLOCKING_FACTOR);
  of.expect('batchCount', BigInt(batches.length));
  of.expect('blockCount', BigInt(blocks));
  of.expect('entryCount', BigInt(totals.entryCount));
  of.expect('entryHash', totals.entryHash);
  of.expect('debitMinor', totals.debitMinor);
  of.expect('creditMinor', totals.creditMinor);
  if (lines.length !== blocks * BLOCKING_FACTOR)
    fault(
      0,
      'records',
      String(lines.length),
      `${blocks * BLOCKING_FACTOR} records, filled up to whole blocks`,
    );
  for (const [past, padding] of lines.slice(line).entries()) {
    if (padding !== PADDING) fault(line + 1 + past, 'record', padding, 'nines after the file control');
  }
}
