import type { AchBatch, AchEntry } from './achFile.ts';

/** What control records repeat, so that a lost or a changed record shows. */
export interface Totals {
  /** Entries and addenda. */
  readonly entryCount: number;
  /** Sum of the first eight digits of all routing numbers, its last ten digits. */
  readonly entryHash: bigint;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
}

const HASH_MODULUS = 10n ** 10n;
const NONE: Totals = { entryCount: 0, entryHash: 0n, debitMinor: 0n, creditMinor: 0n };

export function totalsOf(entries: readonly AchEntry[]): Totals {
  let { entryCount, entryHash, debitMinor, creditMinor } = NONE;
  for (const entry of entries) {
    entryCount += 1 + entry.addenda.length;
    entryHash += BigInt(entry.routingNumber.slice(0, 8));
    if (isDebit(entry.transactionCode)) debitMinor += entry.amountMinor;
    else creditMinor += entry.amountMinor;
  }
  return { entryCount, entryHash: entryHash % HASH_MODULUS, debitMinor, creditMinor };
}

export function totalsOfFile(batches: readonly AchBatch[]): Totals {
  return batches
    .map(({ entries }) => totalsOf(entries))
    .reduce(
      (sum, one) => ({
        entryCount: sum.entryCount + one.entryCount,
        entryHash: (sum.entryHash + one.entryHash) % HASH_MODULUS,
        debitMinor: sum.debitMinor + one.debitMinor,
        creditMinor: sum.creditMinor + one.creditMinor,
      }),
      NONE,
    );
}

/** The second digit of a transaction code is 0 to 4 for credits, 5 to 9 for debits (loans and ledgers alike). */
export function isDebit(transactionCode: string): boolean {
  return transactionCode.charAt(1) >= '5';
}

/** The ninth digit of a routing number: weights 3, 7, 1, up to the next ten. */
export function checkDigitOf(first8: string): string {
  const sum = [...first8].reduce((total, digit, at) => total + Number(digit) * ([3, 7, 1][at % 3] ?? 0), 0);
  return String((10 - (sum % 10)) % 10);
}
