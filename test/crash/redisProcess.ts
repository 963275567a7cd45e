import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { choosePort, loopback } from '../../platform/embedded/ports.ts';
import { defaultRedisCache, findRedisBinary } from '../../platform/embedded/redisBinary.ts';
import { type Child, startChild, waitFor } from './child.ts';

/**
 * A Redis of the test's own, whose port and password stay the same over kill -9 and restart: the embedded one takes
 * a new password each time, as it may, because it is never started again under running processes.
 */
export interface RedisProcess {
  readonly url: string;
  kill9(): Promise<void>;
  /** Starts it again, empty, on the same address; gives the milliseconds until it answered. */
  restart(): Promise<number>;
  /** Deletes everything it holds. */
  flushAll(): Promise<void>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 1_000;
const PASSWORD = 'only-on-loopback';

/** @throws where no Redis can be had */
export async function startRedisProcess(folder: string): Promise<RedisProcess> {
  const binary = await findRedisBinary({
    searchPath: process.env.PATH ?? '',
    cacheFolder: defaultRedisCache,
    mayDownload: true,
  });
  if ('absent' in binary) throw new Error(binary.absent);
  const port = await choosePort([]);
  const configuration = join(folder, 'redis.conf');
  const lines = [`bind ${loopback}`, `port ${port}`, `requirepass ${PASSWORD}`, 'save ""', 'appendonly no'];
  await writeFile(
    configuration,
    [...lines, 'maxmemory 128mb', 'maxmemory-policy volatile-lru', ''].join('\n'),
  );
  const url = `redis://:${PASSWORD}@${loopback}:${port}`;

  let child: Child | undefined;
  const start = async (): Promise<number> => {
    const started = startChild({
      program: binary.program,
      args: [configuration],
      environment: binary.environment,
      folder,
      logFile: join(folder, 'redis.log'),
    });
    child = started;
    return await waitFor('Redis', READY_TIMEOUT_MS, () => answers(url), started.hasEnded);
  };
  const stop = async (): Promise<void> => {
    await child?.stop();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    stop,
    restart: start,
    kill9: async () => child?.kill9(),
    flushAll: async () => {
      await withClient(url, (client) => client.flushall());
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await withClient(url, (client) => client.ping())) === 'PONG';
  } catch {
    return false;
  }
}

async function withClient<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    if (client.status !== 'end') client.disconnect();
  }
}
