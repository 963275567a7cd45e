const BUCKETS = 10;

interface Bucket {
  /** Which stretch of time it counts: its number since the clock's zero. */
  index: number;
  requests: number;
  failures: number;
}

/** Outcomes of the last `windowMs`, in ten buckets: memory and work do not grow with the load. */
export class RollingWindow {
  readonly #bucketMs: number;
  readonly #buckets: Bucket[] = [];

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
    for (let slot = 0; slot < BUCKETS; slot++) this.#buckets.push({ index: -1, requests: 0, failures: 0 });
  }

  add(nowMs: number, isFailure: boolean): void {
    const index = Math.floor(nowMs / this.#bucketMs);
    const bucket = this.#buckets[index % BUCKETS] as Bucket;
    if (bucket.index !== index) Object.assign(bucket, { index, requests: 0, failures: 0 });
    bucket.requests++;
    if (isFailure) bucket.failures++;
  }

  count(nowMs: number): { readonly requests: number; readonly failures: number } {
    const index = Math.floor(nowMs / this.#bucketMs);
    let requests = 0;
    let failures = 0;
    for (const bucket of this.#buckets) {
      if (bucket.index <= index - BUCKETS) continue;
      requests += bucket.requests;
      failures += bucket.failures;
    }
    return { requests, failures };
  }

  clear(): void {
    for (const bucket of this.#buckets) Object.assign(bucket, { index: -1, requests: 0, failures: 0 });
  }
}
