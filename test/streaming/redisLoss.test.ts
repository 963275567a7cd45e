import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ORIGIN } from '../../platform/cursor.ts';
import { type EmbeddedRedis, startRedis } from '../../platform/embedded/redis.ts';
import { defaultRedisCache, findRedisBinary } from '../../platform/embedded/redisBinary.ts';
import { readDeployment } from '../../platform/feed/deployment.ts';
import { createFeed } from '../../platform/feed/feed.ts';
import { readAfter } from '../../platform/feed/outboxRows.ts';
import type { Feed } from '../../platform/feed/port.ts';
import { SHARDS_DEFAULT } from '../../platform/feed/shard.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { connectRedis, type RedisLink } from '../../platform/redis.ts';
import { publishEvents } from '../../platform/relay/publish.ts';
import { type Relay, startRelay } from '../../platform/relay/relay.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import {
  append,
  type Collector,
  collect,
  newEvent,
  openStreamingDatabase,
  pause,
  type StreamingDatabase,
  silent,
  waitFor,
} from './support.ts';

/** A Redis of its own, because it is flushed and killed here. */
let database: StreamingDatabase;
let folder: string;
let server: EmbeddedRedis;
let redis: RedisLink;
let relay: Relay;
let feed: Feed;
let live: Collector;
let organizationId: Uuid;
let written: string[];

/** As kill -9 does. */
async function kill(): Promise<void> {
  const { pid } = JSON.parse(await readFile(join(folder, 'server.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
}

/** At the same address and with the same password, empty. */
async function restart(): Promise<void> {
  const binary = await findRedisBinary({
    searchPath: process.env.PATH ?? '',
    cacheFolder: defaultRedisCache,
    mayDownload: false,
  });
  if ('absent' in binary) throw new Error(binary.absent);
  const child = spawn(binary.program, [join(folder, 'redis.conf')], {
    env: binary.environment,
    stdio: 'ignore',
  });
  const file = join(folder, 'server.json');
  const record = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...record, pid: child.pid }));
}

async function startServer(): Promise<void> {
  const started = await startRedis({ folder });
  if ('absent' in started) throw new Error(started.absent);
  server = started;
}

beforeEach(async () => {
  folder = await makeTemporaryFolder();
  database = await openStreamingDatabase();
  await startServer();
  redis = await connectRedis({ url: server.url, logger: silent });
  relay = startRelay({ database: database.relay, databaseUrl: database.url, redis, logger: silent });
  feed = await createFeed({ database: database.router, databaseUrl: database.url, redis, logger: silent });
  organizationId = newUuid();
  written = [];
  live = collect(feed, organizationId);
  await waitFor('live events from Redis', () => feed.status().source === 'REDIS' && live.items.length === 1);
});

afterEach(async () => {
  await live.stop();
  await Promise.all([feed.close(), relay.close()]);
  await redis.close();
  await server.stop();
  await database.close();
  await removeFolder(folder);
});

async function write(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => newEvent(organizationId));
  written.push(...events.map((event) => event.id));
  await append(database.writer, events);
}

async function expectAll(): Promise<void> {
  await live.until(written.length);
  expect(live.events.map((event) => event.id)).toEqual(written);
}

test('events come through Redis without a look into the outbox', async () => {
  for (let n = 0; n < 20; n++) await write(3);
  await expectAll();
  await waitFor('the position', () => relay.status().copied === 60);
  expect(feed.status().source).toBe('REDIS');
});

test('flushing Redis in the middle loses nothing', async () => {
  for (let n = 0; n < 30; n++) {
    await write(5);
    if (n % 7 === 3) await redis.attempt((client) => client.flushall());
    await pause(3);
  }
  await redis.attempt((client) => client.flushall());
  await expectAll();
});

test('an entry whose link tells of missing ones is held back until they are fetched from the outbox', async () => {
  await relay.close();
  await waitFor('Redis', () => feed.status().source === 'REDIS');
  await write(3);
  const { events } = await readAfter(database.relay, ORIGIN, 10);
  // As if the first two had been published and flushed before anybody read them.
  const links = Array.from({ length: SHARDS_DEFAULT }, () => events[1]?.position ?? ORIGIN);
  const deployment = await readDeployment(database.relay);
  expect(await publishEvents(redis, deployment, events.slice(2), links)).toBeNull();
  await expectAll();
  expect(feed.status().gapsFilled).toBeGreaterThan(0);
});

test('killing Redis loses nothing, the outbox takes over, and Redis is used again when it is back', async () => {
  await write(10);
  await expectAll();
  await kill();
  await write(10);
  await expectAll();
  await waitFor('the outbox', () => feed.status().source === 'OUTBOX');
  await write(10);
  await expectAll();

  await restart();
  await waitFor('Redis again', () => feed.status().source === 'REDIS');
  await write(10);
  await expectAll();
  await waitFor('the relay to have caught up', () => relay.status().copied === 40);
});
