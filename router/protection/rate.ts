import { type Clock, systemClock } from '../../platform/clock.ts';
import { ApiError } from '../../platform/errors.ts';
import { invariant } from '../../platform/invariant.ts';
import { Lru } from '../../platform/lru.ts';
import type { RedisLink } from '../../platform/redis.ts';
import { createRedisBuckets } from './redisBuckets.ts';
import {
  type Bucket,
  type BucketSize,
  charged,
  filled,
  isCovered,
  type Taking,
  takingOf,
} from './tokenBucket.ts';

export interface RateOptions extends Partial<BucketSize> {
  /** Shared by all processes; without one, or while it is away, each counts by itself. */
  readonly redis: RedisLink | null;
  readonly redisWaitMs?: number;
  readonly clock?: Clock;
}

/** How much a caller may ask for over time, by cost. */
export interface Rate {
  /** Never rejects. A Promise only where Redis is asked. Not safe to retry: each grant is taken. */
  take(budgetKey: string, cost: number): Taking | Promise<Taking>;
  /** After the answer: takes what it cost beyond the estimate, or gives back where `difference` is negative. */
  settle(budgetKey: string, difference: number): void;
}

/** `Rate` as the pipeline takes it. */
export interface CostBudget {
  /**
   * What is left.
   *
   * @throws {ApiError} RATE_LIMITED with `retryAfterMs`; a promised answer rejects instead
   */
  take(budgetKey: string, cost: number): number | Promise<number>;
  settle(budgetKey: string, difference: number): void;
}

/** Two and a half operations as large as may be, and after that one in four seconds, or 50 pages of 100 a second. */
export const BUDGET: BucketSize = { capacity: 50_000, refillPerSecond: 5_000 };
/** Also what costs nothing has to be read, planned and answered. */
export const REQUEST_COST_MIN = 1;
/** Of about 100 bytes each. Whoever is forgotten has a full bucket, which takes as many callers. */
export const BUCKETS_MAX = 100_000;
/** Longer would be felt by every request when Redis is slow. */
export const REDIS_WAIT_MS = 30;
/** After a failure Redis is not asked for a while, so that only one request in a second waits for it in vain. */
export const REDIS_PAUSE_MS = 1_000;

export function createRate(options: RateOptions): Rate {
  const { capacity = BUDGET.capacity, refillPerSecond = BUDGET.refillPerSecond, redis } = options;
  const { clock = systemClock, redisWaitMs = REDIS_WAIT_MS } = options;
  invariant(capacity > 0 && refillPerSecond > 0, 'a budget has a capacity and is refilled');
  const size = { capacity, refillPerSecond };
  const local = createLocalBuckets(size, clock);
  if (redis === null) return local;

  const shared = createRedisBuckets(redis, size);
  let pausedUntilMs = 0;
  const isUsable = (): boolean => redis.state === 'UP' && clock.now().getTime() >= pausedUntilMs;

  return {
    take(budgetKey, cost) {
      if (!isUsable()) return local.take(budgetKey, cost);
      return within(shared.take(budgetKey, cost), redisWaitMs).then((taking) => {
        if (taking !== null) return taking;
        pausedUntilMs = clock.now().getTime() + REDIS_PAUSE_MS;
        return local.take(budgetKey, cost);
      });
    },
    settle(budgetKey, difference) {
      if (difference === 0) return;
      if (isUsable()) void shared.charge(budgetKey, difference);
      else local.settle(budgetKey, difference);
    },
  };
}

/** A Rate that refuses by itself, and takes something for every operation. */
export function createBudget(rate: Rate): CostBudget {
  const settled = (taking: Taking): number => {
    if (taking.granted) return taking.remaining;
    const { remaining, retryAfterMs } = taking;
    throw new ApiError(
      'RATE_LIMITED',
      `The budget of these credentials is used up; retry in ${retryAfterMs} ms.`,
      {
        retryAfterMs,
        remaining,
      },
    );
  };
  return {
    take(budgetKey, cost) {
      const taking = rate.take(budgetKey, Math.max(REQUEST_COST_MIN, cost));
      return taking instanceof Promise ? taking.then(settled) : settled(taking);
    },
    settle: (budgetKey, difference) => rate.settle(budgetKey, difference),
  };
}

interface LocalBuckets extends Rate {
  take(budgetKey: string, cost: number): Taking;
}

function createLocalBuckets(size: BucketSize, clock: Clock): LocalBuckets {
  const buckets = new Lru<string, Bucket>(BUCKETS_MAX);
  const now = (budgetKey: string): Bucket => filled(buckets.get(budgetKey), size, clock.now().getTime());
  return {
    take(budgetKey, cost) {
      const bucket = now(budgetKey);
      const granted = isCovered(bucket, cost, size);
      const after = granted ? charged(bucket, cost, size) : bucket;
      buckets.set(budgetKey, after);
      return takingOf(granted, after.tokens, cost, size);
    },
    settle(budgetKey, difference) {
      buckets.set(budgetKey, charged(now(budgetKey), difference, size));
    },
  };
}

/** The answer, or null when it takes longer; not when it is there already and this process was too busy to read it. */
async function within<T>(answer: Promise<T | null>, waitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => setImmediate(resolve, null), waitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
