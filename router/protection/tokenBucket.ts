/** A budget that fills up steadily, and what may be taken from it at once. */
export interface BucketSize {
  /** Of cost. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** What is in a bucket at an instant. Below zero when an answer cost more than was taken for it. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Taking {
  readonly granted: boolean;
  /** Whole tokens that are left; 0 where it is in debt. */
  readonly remaining: number;
  /** Until the same would be granted; 0 when it was. */
  readonly retryAfterMs: number;
}

/** What is there now. Nobody has used a bucket that is not known, so it is full. */
export function filled(bucket: Bucket | undefined, size: BucketSize, nowMs: number): Bucket {
  if (bucket === undefined) return { tokens: size.capacity, atMs: nowMs };
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1_000) * size.refillPerSecond;
  return { tokens: Math.min(size.capacity, bucket.tokens + gained), atMs: nowMs };
}

/**
 * Whether `cost` may be taken. What costs more than a bucket holds is granted when it is full, and leaves a debt: else it
 * never would be.
 */
export function isCovered(bucket: Bucket, cost: number, size: BucketSize): boolean {
  return bucket.tokens >= Math.min(cost, size.capacity);
}

/** The bucket after `cost` was taken, or given back where it is negative. A debt ends at a whole bucket. */
export function charged(bucket: Bucket, cost: number, size: BucketSize): Bucket {
  const tokens = Math.max(-size.capacity, Math.min(size.capacity, bucket.tokens - cost));
  return { tokens, atMs: bucket.atMs };
}

/** @param tokens what the bucket holds after a grant, or without one */
export function takingOf(granted: boolean, tokens: number, cost: number, size: BucketSize): Taking {
  const lacking = Math.max(0, Math.min(cost, size.capacity) - tokens);
  return {
    granted,
    remaining: Math.max(0, Math.floor(tokens)),
    retryAfterMs: granted ? 0 : Math.ceil((lacking / size.refillPerSecond) * 1_000),
  };
}
