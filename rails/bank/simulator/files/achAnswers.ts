import type { AchEntry, AchFile } from '../../nacha/achFile.ts';
import { writeAchFile } from '../../nacha/writeAchFile.ts';

/** An entry that the simulated bank answers, and by which code. */
export interface AchPayment {
  readonly entry: AchEntry;
  readonly wish: string;
  readonly code: string | null;
}

const TRACE_DIGITS = 7;

/** A file with a return (`R03`) or a notification of change (`C01`) for each. */
export function returnsFile(file: AchFile, payments: readonly AchPayment[]): string {
  const returns = payments.filter(({ wish }) => wish === 'RETURN').map(returned);
  const changes = payments.filter(({ wish }) => wish === 'CHANGE').map(changed);
  const [first] = file.batches;
  if (first === undefined) return '';
  const batches = [
    { ...first, serviceClass: '200', settlementDay: '001', entries: returns },
    { ...first, serviceClass: '200', settlementDay: '001', entryClass: 'COR', entries: changes },
  ];
  return writeAchFile({
    ...file,
    batches: batches
      .filter(({ entries }) => entries.length > 0)
      .map((batch, at) => ({ ...batch, batchNumber: at + 1 })),
  });
}

function answered(entry: AchEntry, at: number): AchEntry {
  const traceNumber = `${entry.routingNumber.slice(0, 8)}${String(at + 1).padStart(TRACE_DIGITS, '0')}`;
  return { ...entry, transactionCode: '21', traceNumber };
}

function returned({ entry, code }: AchPayment, at: number): AchEntry {
  const of = { code: code ?? 'R03', originalTrace: entry.traceNumber, dateOfDeath: null, information: '' };
  const originalRdfi = entry.routingNumber.slice(0, 8);
  return { ...answered(entry, at), addenda: [{ ...of, kind: 'RETURN', originalRdfi }] };
}

function changed({ entry, code }: AchPayment, at: number): AchEntry {
  const of = { code: code ?? 'C01', originalTrace: entry.traceNumber, correctedData: '987654321' };
  const originalRdfi = entry.routingNumber.slice(0, 8);
  return { ...answered(entry, at), amountMinor: 0n, addenda: [{ ...of, kind: 'CHANGE', originalRdfi }] };
}
