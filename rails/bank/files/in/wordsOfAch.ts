import type { AchFile } from '../../nacha/achFile.ts';
import { changesOf, returnsOf } from '../../nacha/returns.ts';
import { type BankWord, FileRefusedError } from './bankWords.ts';

/**
 * What a NACHA file of a bank says of orders: those that came back, and those whose account should be written otherwise.
 *
 * @throws {FileRefusedError} NOT_FOR_US when there is neither in it
 */
export function wordsOfAch(file: AchFile): readonly BankWord[] {
  const [returns, changes] = [returnsOf(file), changesOf(file)];
  if (returns.length + changes.length === 0) {
    throw new FileRefusedError('NOT_FOR_US', 'the ACH file has neither returns nor changes');
  }
  // Trace numbers of a bank begin anew some day: the day and the payment are part of the id.
  const base = `ach|${file.immediateDestination.trim()}|${file.creationDate}`;
  return [
    ...returns.map((one): BankWord => {
      const { id: key, amountMinor, code, traceNumber } = one;
      const id = `${base}|${traceNumber}|${key}|${code}`;
      const of = { type: 'ORDER', id, key, kind: 'RETURNED', amountMinor, asset: 'USD' } as const;
      return { ...of, reasonCode: code, occurredAt: null, said: one };
    }),
    ...changes.map((one): BankWord => {
      const { id: key, code, traceNumber } = one;
      return { type: 'CHANGE', id: `${base}|${traceNumber}|${key}|${code}`, key, code, said: one };
    }),
  ];
}
