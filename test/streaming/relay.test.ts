import { createEntityCache, entityKey } from '../../platform/cache.ts';
import { comparePositions, formatCursor, ORIGIN } from '../../platform/cursor.ts';
import { readDeployment } from '../../platform/feed/deployment.ts';
import { readAfter } from '../../platform/feed/outboxRows.ts';
import { shardOf, streamKey } from '../../platform/feed/shard.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { takeLease } from '../../platform/lease.ts';
import { connectRedis, type RedisLink } from '../../platform/redis.ts';
import { loadPosition, savePosition } from '../../platform/relay/position.ts';
import { publishEvents } from '../../platform/relay/publish.ts';
import { type Relay, startRelay } from '../../platform/relay/relay.ts';
import { readTestEnvironment } from '../harness/environment.ts';
import {
  append,
  newEvent,
  openStreamingDatabase,
  pause,
  type StreamingDatabase,
  silent,
  waitFor,
} from './support.ts';

const SHARDS = 8;
const LEASE_MS = 600;

let database: StreamingDatabase;
let redis: RedisLink;
let deployment: string;
const relays: Relay[] = [];

beforeEach(async () => {
  database = await openStreamingDatabase();
  redis = await connectRedis({ url: readTestEnvironment().redisUrl ?? '', logger: silent });
  deployment = await readDeployment(database.relay);
});

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
  await redis.close();
  await database.close();
});

function start(options: { readonly copies?: boolean } = {}): Relay {
  const relay = startRelay({
    ...options,
    database: database.relay,
    databaseUrl: database.url,
    redis,
    leaseLifetimeMs: LEASE_MS,
    logger: silent,
  });
  relays.push(relay);
  return relay;
}

async function copiedIds(organizationId: Uuid): Promise<string[]> {
  const key = streamKey(deployment, shardOf(organizationId, SHARDS));
  const entries = (await redis.attempt((client) => client.xrange(key, '-', '+'))) ?? [];
  return entries
    .map(([, fields]) => JSON.parse(fields[3] ?? '{}') as { id: string; organizationId: string })
    .filter((event) => event.organizationId === organizationId)
    .map((event) => event.id);
}

async function write(organizationId: Uuid, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => newEvent(organizationId));
  await append(database.writer, events);
  return events.map((event) => event.id);
}

test('events reach the stream of their organization once and in order', async () => {
  const [mine, other] = [newUuid(), newUuid()];
  const relay = start();
  const [mineIds, otherIds] = [await write(mine, 30), await write(other, 20)];
  await waitFor('the copy', () => relay.status().copied === 50);
  expect(await copiedIds(mine)).toEqual(mineIds);
  expect(await copiedIds(other)).toEqual(otherIds);
});

test('a relay that does not copy drops from the cache what changed, and remembers where it was', async () => {
  const organizationId = newUuid();
  const cache = createEntityCache(redis);
  const changed = { ...newEvent(organizationId), type: 'CustomerUpdated' as const, version: 2 };
  const [kept, dropped] = [entityKey('Customer', newUuid()), entityKey('Customer', changed.aggregateId)];
  await cache.setMany([kept, dropped].map((key) => ({ key, version: 1, json: '1' })));
  const relay = start({ copies: false });
  await write(organizationId, 20);
  await append(database.writer, [changed]);
  const upTo = (await write(organizationId, 5)).length;
  expect(upTo).toBe(5);
  await waitFor('the invalidation', async () => (await cache.getMany([dropped]))[0] === undefined);
  expect(await cache.getMany([kept])).toEqual([{ version: 1, json: '1' }]);
  expect(await copiedIds(organizationId)).toEqual([]);
  expect(relay.status().copied).toBe(0);
  const { horizon } = await readAfter(database.relay, ORIGIN, 1);
  await waitFor('the end', () => relay.status().copiedUpTo === formatCursor(horizon));
  await waitFor(
    'its position',
    async () => comparePositions(await loadPosition(database.relay, 'relay'), ORIGIN) > 0,
  );
});

test('a relay killed after publishing and before saving its position publishes nothing twice', async () => {
  const organizationId = newUuid();
  const ids = await write(organizationId, 40);
  const { events } = await readAfter(database.relay, ORIGIN, 1_000);
  const links = Array.from({ length: SHARDS }, () => ORIGIN);
  // What the killed one had done: all published, nothing saved.
  expect(await publishEvents(redis, deployment, events, links)).toBeNull();
  const relay = start();
  const more = await write(organizationId, 5);
  await waitFor('the copy', () => relay.status().copied === 45);
  expect(await copiedIds(organizationId)).toEqual([...ids, ...more]);
});

test('of two relays one works; when it ends the other takes over and leaves nothing out', async () => {
  const organizationId = newUuid();
  const [first, second] = [start(), start()];
  await waitFor('one holder', () => first.status().holdsLease !== second.status().holdsLease);
  const ids = await write(organizationId, 10);
  await waitFor('the copy', () => first.status().copied + second.status().copied === 10);
  const [holder, waiter] = first.status().holdsLease ? [first, second] : [second, first];
  expect(waiter.status().copied).toBe(0);
  await holder.close();
  ids.push(...(await write(organizationId, 10)));
  await waitFor('the other to copy', () => waiter.status().copied === 10);
  expect(await copiedIds(organizationId)).toEqual(ids);
});

test('a holder paused past its lease can neither save its position nor repeat an event', async () => {
  const organizationId = newUuid();
  const paused = await takeLease(database.relay, 'relay', 'paused', 1);
  await pause(20);
  const relay = start();
  const ids = await write(organizationId, 10);
  await waitFor('the copy', () => relay.status().copied === 10);
  const { events } = await readAfter(database.relay, ORIGIN, 4);
  const links = Array.from({ length: SHARDS }, () => ORIGIN);
  expect(await publishEvents(redis, deployment, events, links)).toBeNull();
  expect(paused && (await savePosition(database.relay, paused, 'relay', ORIGIN))).toBe(false);
  expect(await copiedIds(organizationId)).toEqual(ids);
});

test('a lease is refused while it is held and has a new epoch when it changes hands', async () => {
  const held = await takeLease(database.relay, 'work', 'a', 10_000);
  expect(await takeLease(database.relay, 'work', 'b', 10_000)).toBeNull();
  expect(await takeLease(database.relay, 'work', 'a', 10_000)).toBeNull();
  const lapsing = await takeLease(database.relay, 'other', 'a', 1);
  await pause(10);
  const taken = await takeLease(database.relay, 'other', 'b', 10_000);
  expect([held?.epoch, lapsing?.epoch, taken?.epoch]).toEqual([1n, 1n, 2n]);
});
