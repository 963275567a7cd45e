import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePort } from '../../platform/embedded/ports.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import { projectRoot } from '../../platform/paths.ts';
import { createApi } from '../../scripts/demo/api.ts';
import { Stops } from '../stops.ts';
import { openOurBooks } from './oursBooks.ts';
import type { System } from './system.ts';

export interface OursOptions {
  readonly folder: string;
  /** For Node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}

export type Ours = System & { readonly wsUrl: string };

export interface Credentials {
  readonly graphql: string;
  readonly ws: string;
  readonly apiKey: string;
  readonly chainUrl?: string;
}

const START_WAIT_MS = 180_000;
const STOP_WAIT_MS = 60_000;
const POLL_MS = 100;

/** `omsx up` as anybody would start it, on a folder of its own, with funded accounts made through its API. */
export async function startOurs({ folder, nodeArguments = [] }: OursOptions): Promise<Ours> {
  const stops = new Stops();
  try {
    const child = await spawnOmsx(folder, nodeArguments, stops);
    const credentials = await waitForCredentials(child, folder);
    // Guests of its servers, to count what they cost and to check the books afterwards.
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), shared: true });
    stops.add(postgres.stop);
    const redis = await startRedis({ folder: join(folder, 'redis'), shared: true });
    if (!('absent' in redis)) stops.add(redis.stop);
    const target = { url: credentials.graphql, apiKey: credentials.apiKey };
    const books = await openOurBooks(createApi(target));
    return {
      ...books,
      name: 'omsx',
      layout: 'omsx up',
      target,
      wsUrl: credentials.ws,
      rootPids: [child.pid as number],
      postgres,
      redisUrl: 'absent' in redis ? null : redis.url,
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run().catch(() => undefined);
    throw error;
  }
}

/** Starts it without waiting. @param settings beside the folder and a free port */
export async function spawnOmsx(
  folder: string,
  nodeArguments: readonly string[],
  stops: Stops,
  settings: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const log = await open(join(folder, 'omsx.log'), 'a');
  // Settings of whoever runs the bench, such as DATABASE_URL, must not point ours at other servers.
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(OMSX_|DATABASE_URL|REDIS_URL|RPC_URL_)/.test(name),
  );
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=32', ...nodeArguments, join(projectRoot, 'bin', 'omsx.mjs'), 'up'],
    {
      cwd: projectRoot,
      env: {
        ...Object.fromEntries(environment),
        NODE_ENV: 'production',
        OMSX_FOLDER: folder,
        OMSX_PORT: String(await choosePort([])),
        ...settings,
      },
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  const ended = once(child, 'exit');
  stops.add(async () => {
    child.kill('SIGTERM');
    const timer = new AbortController();
    const late = sleep(STOP_WAIT_MS, 'late', { signal: timer.signal }).catch(() => undefined);
    if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
    timer.abort();
    await ended;
    await log.close();
  });
  return child;
}

/** Until it answers. @throws when it ends instead or takes too long */
export async function waitForCredentials(child: ChildProcess, folder: string): Promise<Credentials> {
  const deadline = Date.now() + START_WAIT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`omsx up ended with code ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`omsx up was not ready within ${START_WAIT_MS} ms`);
    const text = await readFile(join(folder, 'credentials.json'), 'utf8').catch(() => null);
    if (text?.trimEnd().endsWith('}')) {
      const credentials = JSON.parse(text) as Credentials;
      if (await isReady(credentials.graphql)) return credentials;
    }
    await sleep(POLL_MS);
  }
}

async function isReady(graphql: string): Promise<boolean> {
  const response = await fetch(new URL('/ready', graphql), { signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  await response?.arrayBuffer();
  return response?.ok === true;
}

/** The last lines that omsx wrote, for the message of a bench that failed. */
export async function logTail(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'omsx.log'), 'utf8').catch(() => '');
  return text.split('\n').slice(-30).join('\n');
}
