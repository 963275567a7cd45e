const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses between the attempts of a delivery; after the last one it has failed. Three days and some hours in all. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** So much of a pause is chance, so that what failed together does not come back together. */
const JITTER = 0.2;

/** After so many failures in a row nothing is sent to an endpoint for a while, and then one message to try it. */
export const BREAKER_FAILURES = 5;
const BREAKER_PAUSE_MS = 10_000;
const BREAKER_PAUSE_MAX_MS = 15 * MINUTE_MS;
/** An endpoint that has failed for so long, without one success, is disabled. */
export const FAILING_MAX_MS = 5 * 24 * HOUR_MS;

/**
 * How long to wait before the next attempt; null when there is none.
 *
 * @param failed attempts that failed so far, at least 1
 * @param chance from 0 to 1
 */
export function retryDelayMs(failed: number, chance: number): number | null {
  const delayMs = RETRY_DELAYS_MS[failed - 1];
  return delayMs === undefined ? null : Math.round(delayMs * (1 + JITTER * chance));
}

/** How long an endpoint is left alone after so many failures in a row; 0 while it still may be sent to. */
export function breakerPauseMs(failures: number, chance: number): number {
  if (failures < BREAKER_FAILURES) return 0;
  const pauseMs = Math.min(BREAKER_PAUSE_MS * 2 ** (failures - BREAKER_FAILURES), BREAKER_PAUSE_MAX_MS);
  return Math.round(pauseMs * (1 + JITTER * chance));
}
