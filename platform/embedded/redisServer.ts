import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describeWriteFault, EmbeddedServerError } from './errors.ts';
import { launchServer } from './launch.ts';
import { choosePort, loopback } from './ports.ts';
import { endProcess, isWorkingIn, type ShutdownStep } from './processes.ts';
import type { RedisBinary } from './redisBinary.ts';

export type RedisRequest = {
  readonly folder: string;
  readonly binary: RedisBinary;
  readonly preferredPort: number | undefined;
};

const readyTimeoutMs = 10_000;
const readyPollMs = 15;
const pingTimeoutMs = 1_000;
const launchAttemptsMax = 5;
const passwordBytes = 24;

const shutdownSteps: readonly ShutdownStep[] = [
  // There is nothing to save.
  { signal: 'SIGTERM', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** What runs, or ran last, in this folder. */
type RedisRecord = { readonly pid: number; readonly port: number; readonly password: string };

/** Adopts the healthy server of this folder, or starts one; gives its url. */
export async function ensureRedisServer(request: RedisRequest): Promise<string> {
  const record = await readRecord(request.folder);
  if (record !== undefined && (await isWorkingIn(record.pid, request.folder))) {
    if (await answersPing(record)) return urlOf(record);
    await endProcess(record.pid, shutdownSteps);
  }
  let complaint = '';
  for (let attempt = 1; attempt <= launchAttemptsMax; attempt += 1) {
    const port = await choosePort([request.preferredPort, record?.port]);
    const outcome = await launchOnce(request, port);
    if (typeof outcome !== 'string') return urlOf(outcome);
    complaint = outcome;
    // Another program took the port between our look and the start: look again.
    if (!/Address already in use|bind/i.test(complaint)) break;
  }
  throw new EmbeddedServerError('START_FAILED', `Redis did not start in ${request.folder}: ${complaint}`);
}

/** Stops the server of this folder, if one runs. Safe to repeat. */
export async function stopRedisServer(folder: string): Promise<void> {
  const record = await readRecord(folder);
  if (record !== undefined && (await isWorkingIn(record.pid, folder)))
    await endProcess(record.pid, shutdownSteps);
}

/** One attempt: the running server, or what it said before it ended. */
async function launchOnce(request: RedisRequest, port: number): Promise<RedisRecord | string> {
  const { folder, binary } = request;
  const password = randomBytes(passwordBytes).toString('base64url');
  const configuration = join(folder, 'redis.conf');
  const logFile = join(folder, 'redis.log');
  try {
    // In a file and not on the command line, where each user of the machine could read the password.
    await writeFile(configuration, configurationText(folder, port, password), { mode: 0o600 });
  } catch (error) {
    throw describeWriteFault(error, folder);
  }
  const recordOf = (pid: number): RedisRecord => ({ pid, port, password });
  const outcome = await launchServer({
    program: binary.program,
    args: [configuration],
    folder,
    environment: binary.environment,
    logFile,
    remember: (pid) => writeFile(recordFile(folder), `${JSON.stringify(recordOf(pid))}\n`, { mode: 0o600 }),
    isReady: (pid) => answersPing(recordOf(pid)),
    readyTimeoutMs,
    readyPollMs,
    shutdownSteps,
  });
  return typeof outcome === 'string' ? outcome : recordOf(outcome);
}

function configurationText(folder: string, port: number, password: string): string {
  return [
    `bind ${loopback}`,
    'protected-mode yes',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'daemonize no',
    // The outbox in Postgres is the record; Redis only saves latency, and starts empty.
    'save ""',
    'appendonly no',
    'maxmemory 256mb',
    // Keys without an expiry (streams) are never dropped silently: a write fails instead, and the relay says so.
    'maxmemory-policy volatile-lru',
    '',
  ].join('\n');
}

/** Whether the server takes our password and answers; false for any fault. */
async function answersPing(record: RedisRecord): Promise<boolean> {
  const client = new Redis({
    host: loopback,
    port: record.port,
    password: record.password,
    lazyConnect: true,
    connectTimeout: pingTimeoutMs,
    commandTimeout: pingTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // ioredis reports a refused connection twice, once as an event; the rejection below is the one we use.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    // After a refused connection ioredis has ended by itself, and disconnect() would start a timer of 2 s that keeps
    // this process alive.
    if (client.status !== 'end') client.disconnect();
  }
}

function urlOf(record: RedisRecord): string {
  return `redis://:${record.password}@${loopback}:${record.port}`;
}

function recordFile(folder: string): string {
  return join(folder, 'server.json');
}

async function readRecord(folder: string): Promise<RedisRecord | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(recordFile(folder), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if (!('pid' in parsed) || !('port' in parsed) || !('password' in parsed)) return undefined;
    const { pid, port, password } = parsed;
    if (typeof pid !== 'number' || typeof port !== 'number' || typeof password !== 'string') return undefined;
    return { pid, port, password };
  } catch {
    return undefined;
  }
}
