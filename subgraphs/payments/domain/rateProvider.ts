import type { NoRate, Rate } from './rate.ts';

/** Whoever says what one Asset is worth in another. Never asked while a tx is open. */
export interface RateProvider {
  /**
   * @param from code of the Asset that is given
   * @param to code of another Asset, that is got
   * @returns the rate, or one sentence that says why there is none that can be relied on. Never throws; safe to retry.
   */
  rateOf(from: string, to: string): Promise<Rate | NoRate>;
}
