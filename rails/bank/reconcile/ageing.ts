import { type CivilDate, numberOfDate } from '../calendar/civilDate.ts';

/** Money in SUSPENSE of which nobody has said whose it is. */
export interface SuspenseItem {
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly since: CivilDate;
}

/** Days that money has waited, the last without an end. */
export const AGEING_BUCKETS = [
  { code: 'UP_TO_1_DAY', daysMax: 1 },
  { code: 'UP_TO_7_DAYS', daysMax: 7 },
  { code: 'UP_TO_30_DAYS', daysMax: 30 },
  { code: 'UP_TO_90_DAYS', daysMax: 90 },
  { code: 'OVER_90_DAYS', daysMax: Number.POSITIVE_INFINITY },
] as const;

export type AgeingCode = (typeof AGEING_BUCKETS)[number]['code'];

export interface AgeingBucket {
  readonly asset: string;
  readonly code: AgeingCode;
  readonly count: number;
  readonly amountMinor: bigint;
  /** The oldest of them, or null in an empty bucket. */
  readonly oldest: CivilDate | null;
}

/**
 * How long money has waited, by Asset: all buckets of every Asset that has any, empty ones as well.
 *
 * @param today what is after it counts as new
 */
export function ageSuspense(items: readonly SuspenseItem[], today: CivilDate): readonly AgeingBucket[] {
  const assets = [...new Set(items.map(({ asset }) => asset))].sort();
  return assets.flatMap((asset) => {
    const own = items.filter((item) => item.asset === asset);
    return AGEING_BUCKETS.map(({ code }) => {
      const inside = own.filter(({ since }) => codeOf(since, today) === code);
      const days = inside.map(({ since }) => since).sort();
      const amountMinor = inside.reduce((sum, item) => sum + item.amountMinor, 0n);
      return { asset, code, count: inside.length, amountMinor, oldest: days[0] ?? null };
    });
  });
}

function codeOf(since: CivilDate, today: CivilDate): AgeingCode {
  const days = numberOfDate(today) - numberOfDate(since);
  return AGEING_BUCKETS.find(({ daysMax }) => days <= daysMax)?.code ?? 'OVER_90_DAYS';
}
