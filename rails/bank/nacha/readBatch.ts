import type { AchBatch, AchEntry, Addenda } from './achFile.ts';
import { type Faults, type RecordReader, recordReader, shortDate } from './recordReader.ts';
import {
  BATCH_CONTROL,
  BATCH_HEADER,
  CHANGE_ADDENDA,
  ENTRY,
  PAYMENT_ADDENDA,
  RETURN_ADDENDA,
} from './records.ts';
import { checkDigitOf, isDebit, totalsOf } from './totals.ts';

const ENTRY_CLASS = /^[A-Z]{3}$/;
const RETURN_CODE = /^R[0-9]{2}$/;
const CHANGE_CODE = /^C[0-9]{2}$/;
const SERVICE_CLASSES = ['200', '220', '225'];
const TRANSACTION_CODE = /^[2-5][1-9]$/;

/** A batch and the place of the line after its control record, where it has one. */
export interface ReadBatch {
  readonly batch: AchBatch;
  readonly next: number;
}

/**
 * The batch whose header is at `start`.
 *
 * @param start counted from 0
 */
export function readBatch(lines: readonly string[], start: number, fault: Faults): ReadBatch {
  const of = recordReader(BATCH_HEADER, lines[start] ?? '', start + 1, fault);
  of.require(
    'serviceClass',
    SERVICE_CLASSES.includes(of.text('serviceClass')),
    `one of ${SERVICE_CLASSES.join(', ')}`,
  );
  of.require('entryClass', ENTRY_CLASS.test(of.text('entryClass')), 'three capitals');
  const { entries, next } = readEntries(lines, start + 1, fault);
  const batch = {
    serviceClass: of.text('serviceClass'),
    companyName: of.text('companyName'),
    discretionaryData: of.text('discretionaryData'),
    companyId: of.text('companyId'),
    entryClass: of.text('entryClass'),
    entryDescription: of.text('entryDescription'),
    descriptiveDate: of.text('descriptiveDate'),
    effectiveDate: of.date('effectiveDate'),
    settlementDay: of.text('settlementDate'),
    originatorStatus: of.text('originatorStatus'),
    odfi: of.text('odfi'),
    // Seven digits.
    batchNumber: Number(of.integer('batchNumber')),
    entries,
  };
  checkControl(lines[next], next + 1, batch, fault);
  return { batch, next: next + 1 };
}

function readEntries(lines: readonly string[], start: number, fault: Faults) {
  const entries: AchEntry[] = [];
  let at = start;
  let before = '';
  while (lines[at]?.startsWith('6')) {
    const line = at + 1;
    const of = recordReader(ENTRY, lines[at] ?? '', line, fault);
    const trace = of.text('traceNumber');
    of.require('traceNumber', trace > before, 'a number above the one before it');
    before = trace;
    const addenda: Addenda[] = [];
    for (at++; lines[at]?.startsWith('7'); at++) {
      const one = readAddenda(lines[at] ?? '', at + 1, trace, addenda.length + 1, fault);
      if (one !== null) addenda.push(one);
    }
    entries.push(entryOf(of, addenda));
    checkEntry(of, addenda, at - line);
  }
  if (entries.length === 0) fault(start + 1, 'recordType', lines[at]?.charAt(0) ?? null, 'an entry (6)');
  return { entries, next: at };
}

function entryOf(of: RecordReader, addenda: readonly Addenda[]): AchEntry {
  return {
    transactionCode: of.text('transactionCode'),
    routingNumber: `${of.text('rdfi')}${of.text('checkDigit')}`,
    accountNumber: of.text('accountNumber'),
    amountMinor: of.integer('amountMinor'),
    individualId: of.text('individualId'),
    individualName: of.text('individualName'),
    discretionaryData: of.text('discretionaryData'),
    traceNumber: of.text('traceNumber'),
    addenda,
  };
}

function checkEntry(of: RecordReader, addenda: readonly Addenda[], addendaCount: number): void {
  of.require('transactionCode', TRANSACTION_CODE.test(of.text('transactionCode')), 'a code from 21 to 59');
  of.require(
    'checkDigit',
    checkDigitOf(of.text('rdfi')) === of.text('checkDigit'),
    'the check digit of its routing number',
  );
  of.require('accountNumber', of.text('accountNumber').trim() !== '', 'an account number');
  const indicator = addendaCount > 0 ? '1' : '0';
  of.require(
    'addendaIndicator',
    of.text('addendaIndicator') === indicator,
    `${indicator}, for ${addendaCount} addenda`,
  );
  const isChange = addenda.some(({ kind }) => kind === 'CHANGE');
  of.require('amountMinor', !isChange || of.integer('amountMinor') === 0n, '0 in a notification of change');
}

function readAddenda(
  record: string,
  line: number,
  trace: string,
  sequence: number,
  fault: Faults,
): Addenda | null {
  const type = record.slice(1, 3);
  if (type === '05') {
    const of = recordReader(PAYMENT_ADDENDA, record, line, fault);
    of.expect('sequence', BigInt(sequence));
    of.require(
      'entrySequence',
      of.text('entrySequence') === trace.slice(-7),
      'the last seven digits of its entry',
    );
    return { kind: 'PAYMENT', information: of.text('information') };
  }
  if (type !== '98' && type !== '99') {
    fault(line, 'addendaType', type, '05, 98 or 99');
    return null;
  }
  const of = recordReader(type === '99' ? RETURN_ADDENDA : CHANGE_ADDENDA, record, line, fault);
  of.require('traceNumber', of.text('traceNumber') === trace, 'the trace number of its entry');
  of.require('addendaType', sequence === 1, 'no other addenda beside a return or a change');
  const code = of.text('code');
  const origin = { code, originalTrace: of.text('originalTrace'), originalRdfi: of.text('originalRdfi') };
  if (type === '98') {
    of.require('code', CHANGE_CODE.test(code), 'a code such as C01');
    return { kind: 'CHANGE', ...origin, correctedData: of.text('correctedData') };
  }
  of.require('code', RETURN_CODE.test(code), 'a code such as R01');
  const death = of.text('dateOfDeath').trim();
  const dateOfDeath = shortDate(death);
  of.require('dateOfDeath', death === '' || dateOfDeath !== null, 'blanks, or a day as YYMMDD');
  return { kind: 'RETURN', ...origin, dateOfDeath, information: of.text('information') };
}

function checkControl(record: string | undefined, line: number, batch: AchBatch, fault: Faults): void {
  if (record === undefined || !record.startsWith('8')) {
    fault(
      line,
      'recordType',
      record?.charAt(0) ?? null,
      'an entry (6), an addenda (7) or the batch control (8)',
    );
    return;
  }
  const of = recordReader(BATCH_CONTROL, record, line, fault);
  const totals = totalsOf(batch.entries);
  of.repeat('serviceClass', batch.serviceClass);
  of.expect('entryCount', BigInt(totals.entryCount));
  of.expect('entryHash', totals.entryHash);
  of.expect('debitMinor', totals.debitMinor);
  of.expect('creditMinor', totals.creditMinor);
  of.repeat('companyId', batch.companyId);
  of.repeat('odfi', batch.odfi);
  of.expect('batchNumber', BigInt(batch.batchNumber));
  const kinds = new Set(batch.entries.map(({ transactionCode }) => isDebit(transactionCode)));
  of.require(
    'serviceClass',
    batch.serviceClass !== '220' || !kinds.has(true),
    '200 or 225 where there are debits',
  );
  of.require(
    'serviceClass',
    batch.serviceClass !== '225' || !kinds.has(false),
    '200 or 220 where there are credits',
  );
}
