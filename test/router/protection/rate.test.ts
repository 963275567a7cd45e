import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../platform/log.ts';
import { connectRedis, type RedisLink } from '../../../platform/redis.ts';
import { createBudget, createRate, REDIS_PAUSE_MS } from '../../../router/protection/rate.ts';
import type { Taking } from '../../../router/protection/tokenBucket.ts';
import { type RedisProcess, startRedisProcess } from '../../crash/redisProcess.ts';
import { makeTemporaryFolder, removeFolder } from '../../harness/embedded.ts';
import { readTestEnvironment } from '../../harness/environment.ts';

const silent = createLogger({ level: 'silent', name: 'test' });
const size = { capacity: 100, refillPerSecond: 10 };
/** Far more than one round trip on a busy machine: these tests are about counts, not about time. */
const redisWaitMs = 2_000;
let redis: RedisLink;

beforeAll(async () => {
  redis = await connectRedis({ url: readTestEnvironment().redisUrl ?? '', logger: silent });
  expect(redis.state).toBe('UP');
});

afterAll(async () => {
  await redis.close();
});

test('processes that share a Redis share a bucket, and what is taken at once is never more than it holds', async () => {
  const rates = [1, 2, 3].map(() => createRate({ redis, redisWaitMs, ...size }));
  const key = randomUUID();
  const takings: Taking[] = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => await (rates[i % 3] as (typeof rates)[0]).take(key, 5)),
  );
  const granted = takings.filter((taking) => taking.granted).length;
  // 100 / 5, and one more for each half second that the burst may take on a busy machine.
  expect(granted).toBeGreaterThanOrEqual(20);
  expect(granted).toBeLessThan(30);
  const refused = takings.find((taking) => !taking.granted);
  expect(refused?.retryAfterMs).toBeGreaterThan(0);
  expect(refused?.retryAfterMs).toBeLessThanOrEqual(500);
});

test('a bucket in Redis refills, settles, goes into debt and is forgotten when it is full again', async () => {
  const key = randomUUID();
  const rate = createRate({ redis, redisWaitMs, capacity: 100_000, refillPerSecond: 1_000 });
  expect(await rate.take(key, 100_000)).toMatchObject({ granted: true, remaining: 0 });
  await sleep(150);
  const { remaining } = await rate.take(key, 0);
  expect(remaining).toBeGreaterThan(100);
  expect(remaining).toBeLessThan(50_000);

  const slow = createRate({ redis, redisWaitMs, capacity: 100, refillPerSecond: 0.001 });
  const other = randomUUID();
  expect(await slow.take(other, 99.5)).toMatchObject({ granted: true, remaining: 0 });
  slow.settle(other, -60);
  expect(await slow.take(other, 0)).toMatchObject({ granted: true, remaining: 60 });
  slow.settle(other, 80);
  expect(await slow.take(other, 1)).toMatchObject({ granted: false, remaining: 0 });
  expect((await slow.take(randomUUID(), 150)) as Taking).toMatchObject({ granted: true, remaining: 0 });

  const kept = await redis.attempt((client) => client.keys('omsx:budget:*'));
  expect(kept?.some((name) => name.includes(key) || name.includes(other))).toBe(false);
  const lives = await redis.attempt(
    async (client) => await Promise.all((kept ?? []).map((name) => client.pttl(name))),
  );
  for (const life of lives ?? []) expect(life).not.toBe(-1);
});

test('a budget over Redis rejects with the time to wait', async () => {
  const budget = createBudget(createRate({ redis, redisWaitMs, capacity: 10, refillPerSecond: 0.01 }));
  const key = randomUUID();
  expect(await budget.take(key, 8)).toBe(2);
  await expect(budget.take(key, 8)).rejects.toMatchObject({ extensions: { code: 'RATE_LIMITED' } });
});

describe('without Redis', () => {
  /** A Redis of our own, which is made to hang and is killed. */
  let folder: string;
  let server: RedisProcess;
  let own: RedisLink;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    server = await startRedisProcess(folder);
    own = await connectRedis({ url: server.url, logger: silent });
  });

  afterAll(async () => {
    await own.close();
    await server.stop();
    await removeFolder(folder);
  });

  test('a Redis that was never there costs nothing: the process counts by itself, at once', async () => {
    const away = await connectRedis({ url: 'redis://127.0.0.1:1', logger: silent });
    const rate = createRate({ redis: away, ...size });
    expect(rate.take('a', 60)).toMatchObject({ granted: true, remaining: 40 });
    expect(rate.take('a', 60)).toMatchObject({ granted: false });
    rate.settle('a', -60);
    expect(rate.take('a', 60)).toMatchObject({ granted: true });
    await away.close();
  });

  test('a Redis that hangs is waited for once, then left alone for a while, then tried again', async () => {
    let nowMs = 0;
    const rate = createRate({ redis: own, redisWaitMs: 30, ...size, clock: { now: () => new Date(nowMs) } });
    await own.attempt((client) => client.client('PAUSE', 1_500));
    const began = performance.now();
    expect(await rate.take('a', 60)).toMatchObject({ granted: true, remaining: 40 });
    expect(performance.now() - began).toBeLessThan(1_000);
    // At once now, from the same bucket of this process.
    expect(rate.take('a', 60)).toMatchObject({ granted: false, remaining: 40 });
    rate.settle('a', -40);
    expect(rate.take('a', 0)).toMatchObject({ remaining: 80 });
    nowMs += REDIS_PAUSE_MS;
    const again = rate.take('a', 1);
    expect(again).toBeInstanceOf(Promise);
    await again;
  });

  test('a Redis that dies is missed by nobody, and is used again when it is back', async () => {
    const rate = createRate({ redis: own, redisWaitMs, ...size });
    while (!((await rate.take('b', 1)) as Taking).granted) await sleep(50);
    await server.kill9();
    for (let i = 0; i < 20; i++) expect(await rate.take('c', 5)).toMatchObject({ granted: true });
    expect(await rate.take('c', 60)).toMatchObject({ granted: false });
    await server.restart();
    while (own.state !== 'UP') await sleep(20);
    await sleep(REDIS_PAUSE_MS);
    // Counted in Redis, which knows nothing of what was taken meanwhile.
    const back = rate.take('c', 60);
    expect(back).toBeInstanceOf(Promise);
    expect(await back).toMatchObject({ granted: true, remaining: 40 });
  });
});
