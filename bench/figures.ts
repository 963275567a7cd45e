/** @param sorted in ascending order. NaN when there is none. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** What one request took of something that was counted before and after; null where it could not be counted. */
export function perRequest(before: number | null, after: number | null, requests: number): number | null {
  return before === null || after === null || requests === 0 ? null : (after - before) / requests;
}

/** This machine's monotonic clock, which CPU profiles use too. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
