import { createEntityCache, type EntityCache, entityKey } from '../../platform/cache.ts';
import { newUuid } from '../../platform/id.ts';
import { connectRedis, type RedisLink } from '../../platform/redis.ts';
import { invalidateChanged } from '../../platform/relay/invalidation.ts';
import type { FeedEvent } from '../../schema/events.ts';
import { readTestEnvironment } from '../harness/environment.ts';
import { silent } from './support.ts';

let redis: RedisLink;
let cache: EntityCache;

beforeAll(async () => {
  redis = await connectRedis({ url: readTestEnvironment().redisUrl ?? '', logger: silent });
  cache = createEntityCache(redis);
});

afterAll(() => redis.close());

test('what was set is got, in the order asked for, with misses between', async () => {
  const [a, b, c] = [newUuid(), newUuid(), newUuid()].map((id) => entityKey('Customer', id));
  if (!a || !b || !c) throw new Error('three keys');
  await cache.setMany([
    { key: a, version: 1, json: '{"a":1}' },
    { key: c, version: 7, json: '{"c":1}' },
  ]);
  expect(await cache.getMany([c, b, a])).toEqual([
    { version: 7, json: '{"c":1}' },
    undefined,
    { version: 1, json: '{"a":1}' },
  ]);
});

test('an older value cannot be put back after an invalidation, a newer one can', async () => {
  const key = entityKey('Customer', newUuid());
  await cache.setMany([{ key, version: 3, json: '"old"' }]);
  await cache.invalidate([{ key, version: 4 }]);
  expect(await cache.getMany([key])).toEqual([undefined]);
  await cache.setMany([{ key, version: 3, json: '"old"' }]);
  expect(await cache.getMany([key])).toEqual([undefined]);
  await cache.setMany([{ key, version: 4, json: '"new"' }]);
  expect(await cache.getMany([key])).toEqual([{ version: 4, json: '"new"' }]);
});

test('an invalidation that comes late leaves the value that has its version', async () => {
  const key = entityKey('Customer', newUuid());
  await cache.setMany([{ key, version: 4, json: '"new"' }]);
  await cache.invalidate([{ key, version: 4 }]);
  await cache.invalidate([{ key, version: 2 }]);
  expect(await cache.getMany([key])).toEqual([{ version: 4, json: '"new"' }]);
});

test('an event drops its entity, of its kind only', async () => {
  const id = newUuid();
  const [customer, wallet] = [entityKey('Customer', id), entityKey('Wallet', id)];
  await cache.setMany([customer, wallet].map((key) => ({ key, version: 1, json: '1' })));
  await invalidateChanged(cache, [
    { type: 'CustomerUpdated', aggregateId: id, version: 2 } as unknown as FeedEvent,
    { type: 'TransactionCompleted', aggregateId: id, version: 2 } as unknown as FeedEvent,
  ]);
  expect(await cache.getMany([customer, wallet])).toEqual([undefined, { version: 1, json: '1' }]);
});

test('without Redis it always misses and never throws', async () => {
  const key = entityKey('Customer', newUuid());
  for (const absent of [null, await connectRedis({ url: 'redis://127.0.0.1:1', logger: silent })]) {
    const missing = createEntityCache(absent);
    await missing.setMany([{ key, version: 1, json: '1' }]);
    await missing.invalidate([{ key, version: 1 }]);
    expect(await missing.getMany([key])).toEqual([undefined]);
    await absent?.close();
  }
});
