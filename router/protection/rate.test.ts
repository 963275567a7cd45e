import { GraphQLError } from 'graphql';
import { createBudget, createRate, type RateOptions } from './rate.ts';
import type { Taking } from './tokenBucket.ts';

/** A rate of this process alone, and a clock that stands still until it is moved. */
function rateAt(options: Partial<RateOptions> = {}) {
  let nowMs = 1_000_000;
  const clock = { now: () => new Date(nowMs) };
  const rate = createRate({ redis: null, capacity: 100, refillPerSecond: 10, clock, ...options });
  const take = (cost: number, key = 'a') => rate.take(key, cost) as Taking;
  return { rate, take, pass: (ms: number) => (nowMs += ms) };
}

test('a bucket is full at first, is emptied by what is taken, and says when there will be enough', () => {
  const { take } = rateAt();
  expect(take(70)).toEqual({ granted: true, remaining: 30, retryAfterMs: 0 });
  expect(take(40)).toEqual({ granted: false, remaining: 30, retryAfterMs: 1_000 });
  expect(take(30)).toEqual({ granted: true, remaining: 0, retryAfterMs: 0 });
});

test('it fills up steadily and not beyond its capacity', () => {
  const { take, pass } = rateAt();
  take(100);
  pass(1_500);
  expect(take(16)).toEqual({ granted: false, remaining: 15, retryAfterMs: 100 });
  pass(100);
  expect(take(16).granted).toBe(true);
  pass(1_000_000);
  expect(take(0).remaining).toBe(100);
});

test('a clock that goes back takes nothing away', () => {
  const { take, pass } = rateAt();
  take(50);
  pass(-60_000);
  expect(take(0).remaining).toBe(50);
});

test('what is refused is not taken', () => {
  const { take } = rateAt();
  take(95);
  for (let i = 0; i < 10; i++) expect(take(6).granted).toBe(false);
  expect(take(5).granted).toBe(true);
});

test('each key has a bucket of its own, whatever it is called', () => {
  const { take } = rateAt();
  take(100);
  for (const key of ['b', '__proto__', 'constructor']) expect(take(100, key).granted).toBe(true);
  expect(take(1).granted).toBe(false);
});

test('what costs more than a bucket holds waits for a full one and leaves a debt', () => {
  const { take, pass } = rateAt();
  take(1);
  expect(take(150)).toEqual({ granted: false, remaining: 99, retryAfterMs: 100 });
  pass(100);
  expect(take(150)).toEqual({ granted: true, remaining: 0, retryAfterMs: 0 });
  expect(take(1).retryAfterMs).toBe(5_100);
});

test('settling gives back what was too much and takes what was too little', () => {
  const { rate, take } = rateAt();
  take(100);
  rate.settle('a', -60);
  expect(take(0).remaining).toBe(60);
  rate.settle('a', 80);
  expect(take(1)).toEqual({ granted: false, remaining: 0, retryAfterMs: 2_100 });
  rate.settle('a', -1_000_000);
  expect(take(0).remaining).toBe(100);
  // A debt is bounded, so that one wrong estimate does not shut somebody out for hours.
  rate.settle('a', Number.MAX_SAFE_INTEGER);
  expect(take(1).retryAfterMs).toBe(10_100);
});

test('a budget answers what is left, or refuses with the time to wait', () => {
  const { rate } = rateAt();
  const budget = createBudget(rate);
  expect(budget.take('a', 90)).toBe(10);
  expect(() => budget.take('a', 20)).toThrow(GraphQLError);
  try {
    budget.take('a', 20);
  } catch (error) {
    expect(error).toMatchObject({
      message: 'The budget of these credentials is used up; retry in 1000 ms.',
      extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000, remaining: 10, retryable: true },
    });
  }
});

test('an operation that costs nothing takes something all the same', () => {
  const budget = createBudget(rateAt().rate);
  expect(budget.take('a', 0)).toBe(99);
});
