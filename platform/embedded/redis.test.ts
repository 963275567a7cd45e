import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { makeTemporaryFolder, removeFolder } from '../../test/harness/embedded.ts';
import { findStartToken, sendSignal } from './processes.ts';
import { type EmbeddedRedis, startRedis } from './redis.ts';

let folder = '';
const running: EmbeddedRedis[] = [];

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});

afterEach(async () => {
  for (const redis of running.splice(0)) await redis.stop();
  await removeFolder(folder);
});

async function start(shared = false): Promise<EmbeddedRedis> {
  const redis = await startRedis({ folder, shared });
  if ('absent' in redis) throw new Error(redis.absent);
  running.push(redis);
  return redis;
}

async function serverPid(): Promise<number> {
  const record: unknown = JSON.parse(await readFile(join(folder, 'server.json'), 'utf8'));
  return typeof record === 'object' && record !== null && 'pid' in record ? Number(record.pid) : 0;
}

async function ask<T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

test('a start gives a server that answers, persists nothing, and wants the password', async () => {
  const { url } = await start();
  expect(await ask(url, (client) => client.set('key', 'value'))).toBe('OK');
  expect(await ask(url, (client) => client.config('GET', 'save'))).toEqual(['save', '']);
  expect(await ask(url, (client) => client.config('GET', 'maxmemory'))).toEqual(['maxmemory', '268435456']);
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(ask(wrong.href, (client) => client.ping())).rejects.toThrow();
});

test('a server that an earlier run left behind is adopted, and stopped at the end', async () => {
  const first = await start(true);
  const pid = await serverPid();
  const second = await start(true);
  expect(second.url).toBe(first.url);
  await first.stop();
  expect(await ask(second.url, (client) => client.ping())).toBe('PONG');
  await second.stop();
  expect(await findStartToken(pid)).toBeUndefined();
});

test('a server that hangs is ended and replaced', async () => {
  const first = await start(true);
  const pid = await serverPid();
  sendSignal(pid, 'SIGSTOP');
  const second = await start(true);
  expect(await findStartToken(pid)).toBeUndefined();
  expect(await ask(second.url, (client) => client.ping())).toBe('PONG');
  await first.stop();
}, 30_000);

test('a second owner is refused with the pid of the first', async () => {
  await start();
  await expect(start()).rejects.toMatchObject({
    code: 'FOLDER_IN_USE',
    message: expect.stringContaining(`Process ${process.pid} `),
  });
});

test('a url of the operator is used as it is', async () => {
  const redis = await startRedis({ folder, url: 'redis://example.invalid:1' });
  expect('url' in redis && redis.url).toBe('redis://example.invalid:1');
});

test('without a server program the reason is given, with what to do', async () => {
  const search = { searchPath: folder, cacheFolder: join(folder, 'cache'), mayDownload: false };
  const redis = await startRedis({ folder, search });
  expect(redis).toEqual({ absent: expect.stringMatching(/redis-server.*PATH.*REDIS_URL/) });
});
