import type { CivilDate } from '../calendar/civilDate.ts';
import type { AchEntry, AchFile, Addenda } from './achFile.ts';

/** A payment of ours that came back, or a notification about it. */
interface AchAnswer {
  /** The trace number that we gave to the payment. */
  readonly originalTrace: string;
  /** The id that we gave to it. */
  readonly id: string;
  readonly amountMinor: bigint;
  /** Of the answer itself; no other has it. */
  readonly traceNumber: string;
}

export interface AchReturn extends AchAnswer {
  /** `R03`: the catalogue says what it means. */
  readonly code: string;
  readonly dateOfDeath: CivilDate | null;
  readonly information: string;
}

export interface AchChange extends AchAnswer {
  /** `C01` account number, `C02` routing number, `C03` both, `C05` kind of account, ... */
  readonly code: string;
  readonly correctedData: string;
}

/** Payments that came back. Their money is what `amountMinor` says, to the cent, as the file's totals were checked. */
export function returnsOf(file: AchFile): readonly AchReturn[] {
  return answersOf(file, 'RETURN').map(({ entry, addenda }) => {
    const { code, dateOfDeath, information, originalTrace } = addenda;
    return { ...answerOf(entry, originalTrace), code, dateOfDeath, information };
  });
}

/** What should be written differently the next time; the payments themselves were posted. */
export function changesOf(file: AchFile): readonly AchChange[] {
  return answersOf(file, 'CHANGE').map(({ entry, addenda }) => {
    const { code, correctedData, originalTrace } = addenda;
    return { ...answerOf(entry, originalTrace), code, correctedData };
  });
}

function answerOf(entry: AchEntry, originalTrace: string): AchAnswer {
  return {
    originalTrace,
    id: entry.individualId,
    amountMinor: entry.amountMinor,
    traceNumber: entry.traceNumber,
  };
}

function answersOf<K extends Addenda['kind']>(file: AchFile, kind: K) {
  type Wanted = Extract<Addenda, { readonly kind: K }>;
  return file.batches
    .flatMap(({ entries }) => entries)
    .flatMap((entry) =>
      entry.addenda
        .filter((addenda): addenda is Wanted => addenda.kind === kind)
        .map((addenda) => ({ entry, addenda })),
    );
}
