import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { choosePort } from '../../platform/embedded/ports.ts';
import { projectRoot } from '../../platform/paths.ts';
import { type Api, createApi } from '../crash/api.ts';
import { startChild, waitFor } from '../crash/child.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';

/** `omsx up` as its operator runs it: one process, with a Postgres and a Redis of its own in its folder. */
export interface Omsx {
  readonly folder: string;
  readonly pid: number;
  readonly credentials: Credentials;
  readonly api: Api;
  /** What it printed so far. */
  output(): Promise<string>;
  /** Sends the signal of ctrl-C and gives the exit code; null when it had to be killed. */
  interrupt(): Promise<number | null>;
}

/** As credentials.json holds them. */
export interface Credentials {
  readonly graphql: string;
  readonly ws: string;
  readonly apiKey: string;
  readonly organizationId: string;
}

export interface OmsxOptions {
  /** A folder of an earlier run; a new one otherwise. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 90_000;

/** @throws with all that it printed when it does not get ready; it is stopped then */
export async function startOmsx(options: OmsxOptions = {}): Promise<Omsx> {
  const folder = options.folder ?? (await makeTemporaryFolder());
  const { child, output } = await runOmsx(folder, options.environment);
  try {
    const isReady = async (): Promise<boolean> => (await output()).includes('\nReady in ');
    await waitFor('ready omsx', START_TIMEOUT_MS, isReady, child.hasEnded);
    const credentials = await readCredentials(folder);
    return {
      folder,
      credentials,
      output,
      pid: child.pid,
      api: createApi({ url: credentials.graphql, apiKey: credentials.apiKey }),
      interrupt: () => child.stop('SIGINT'),
    };
  } catch (error) {
    await child.stop();
    const said = await output();
    if (options.folder === undefined) await removeFolder(folder);
    throw new Error(`omsx up failed: ${String(error)}\n${said}`, { cause: error });
  }
}

/** Runs `omsx up` without waiting for it to become ready. */
export async function runOmsx(folder: string, environment: Readonly<Record<string, string>> = {}) {
  const logFile = join(folder, 'up.log');
  const port = environment.OMSX_PORT ?? String(await choosePort([]));
  const began = (await readFile(logFile, 'utf8').catch(() => '')).length;
  const child = startChild({
    program: process.execPath,
    args: [join(projectRoot, 'bin', 'omsx.mjs'), 'up'],
    environment: { OMSX_FOLDER: folder, OMSX_PORT: port, ...environment },
    folder: projectRoot,
    logFile,
  });
  return { child, output: async () => (await readFile(logFile, 'utf8')).slice(began) };
}

export async function readCredentials(folder: string): Promise<Credentials> {
  return JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8')) as Credentials;
}

/** Stops it, as ctrl-C does, and removes its folder. Safe after a failed start. */
export async function removeOmsx(omsx: Omsx | undefined): Promise<void> {
  if (omsx === undefined) return;
  await omsx.interrupt();
  await removeFolder(omsx.folder);
}

/** Deletes all that the embedded Redis of this folder holds. */
export async function flushRedisOf(folder: string): Promise<void> {
  const record = JSON.parse(await readFile(join(folder, 'redis', 'server.json'), 'utf8')) as {
    readonly port: number;
    readonly password: string;
  };
  const client = new Redis({ host: '127.0.0.1', ...record });
  try {
    await client.flushall();
  } finally {
    client.disconnect();
  }
}

/** Processes that work in this folder, as the servers of `omsx up` do. Empty where there is no /proc. */
export async function listProcessesIn(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const pid of pids) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!cwd.startsWith(folder)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command !== '') found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
  }
  return found;
}
