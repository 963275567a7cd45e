import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from './errors.ts';
import { lastLogLines, openLog } from './logs.ts';
import { choosePort } from './ports.ts';
import { checkHealth, ensureDatabase } from './postgresChecks.ts';
import { type ClusterFiles, damaged } from './postgresCluster.ts';
import type { PostgresLauncher } from './postgresLauncher.ts';
import { readRecord, writeRecord } from './postgresRecord.ts';
import { settingsToArguments } from './postgresSettings.ts';
import { endProcess, findStartToken, isWorkingIn, type ShutdownStep } from './processes.ts';

export type PostgresServer = {
  readonly pid: number;
  readonly port: number;
  readonly origin: 'started' | 'adopted';
};

export type ServerRequest = {
  readonly files: ClusterFiles;
  readonly launcher: PostgresLauncher;
  readonly password: string;
  readonly database: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly preferredPort: number | undefined;
  /** Another live process works with the server of this folder, so a healthy one must not be restarted. */
  readonly isInUse: boolean;
};

/** Recovery after a crash replays up to max_wal_size of log, on a slow disk for minutes. */
const readyTimeoutMs = 180_000;
const readyPollMs = 10;
const launchAttemptsMax = 20;
const launchRetryMs = 500;

/** SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one, from which the next start recovers. */
const shutdownSteps: readonly ShutdownStep[] = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** Adopts the server of this folder or starts one, and makes sure that the database exists. */
export async function ensureServer(request: ServerRequest): Promise<PostgresServer> {
  const server = (await adoptServer(request)) ?? (await launchServer(request));
  await ensureDatabase(server.port, request.password, request.database);
  return server;
}

/** Stops the server of this folder, if one runs. Safe to repeat. */
export async function stopServer(files: ClusterFiles): Promise<void> {
  const found = await findPostmaster(files);
  if (found !== undefined) await endProcess(found.pid, shutdownSteps);
}

export async function killServer(pid: number): Promise<void> {
  await endProcess(pid, [{ signal: 'SIGKILL', waitMs: 5_000 }]);
}

type Postmaster = { readonly pid: number; readonly port: number; readonly isReady: boolean };

/**
 * The live server of this folder. postmaster.pid alone proves nothing: after a kill -9 or a power cut it stays, and
 * its pid may be another program's by now, so the process must work in the data folder.
 */
async function findPostmaster(files: ClusterFiles): Promise<Postmaster | undefined> {
  const text = await readFile(join(files.data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!Number.isSafeInteger(pid) || !(await isWorkingIn(pid, files.data))) return undefined;
  return { pid, port: Number.parseInt(lines[3] ?? '', 10), isReady: lines[7] === 'ready' };
}

async function adoptServer(request: ServerRequest): Promise<PostgresServer | undefined> {
  const found = await findPostmaster(request.files);
  if (found === undefined) return undefined;
  const record = await readRecord(request.files);
  const isWanted = request.isInUse || record.fingerprint === fingerprintOf(request);
  if (isWanted && (await isHealthy(request, found.pid))) {
    const port = (await findPostmaster(request.files))?.port ?? found.port;
    return { pid: found.pid, port, origin: 'adopted' };
  }
  await endProcess(found.pid, shutdownSteps);
  return undefined;
}

async function isHealthy(request: ServerRequest, pid: number): Promise<boolean> {
  const ready = await waitUntilReady(request, pid, () => false);
  return ready !== undefined && (await checkHealth(ready.port, request.password)) === undefined;
}

async function launchServer(request: ServerRequest): Promise<PostgresServer> {
  const { files } = request;
  await removeStalePidFile(files);
  const record = await readRecord(files);
  let complaint = '';
  for (let attempt = 1; attempt <= launchAttemptsMax; attempt += 1) {
    const port = await choosePort([request.preferredPort, record.port]);
    const outcome = await launchOnce(request, port);
    if (typeof outcome !== 'string') {
      const fault = await checkHealth(outcome.port, request.password);
      if (fault === undefined) return outcome;
      await endProcess(outcome.pid, shutdownSteps);
      throw new EmbeddedServerError('START_FAILED', `Postgres runs, but cannot be used: ${fault}`);
    }
    complaint = outcome;
    // Two faults pass by themselves: another program took the port between our look and the start, and the workers
    // of a killed server have not all noticed yet that it is gone.
    if (!/could not (bind|create any TCP)|Address already in use|shared memory block/.test(complaint)) break;
    await sleep(launchRetryMs);
  }
  throw describeComplaint(files, complaint);
}

/** One attempt: the running server, or what it said before it ended. */
async function launchOnce(request: ServerRequest, port: number): Promise<PostgresServer | string> {
  const { files, launcher } = request;
  const log = await openLog(files.log);
  try {
    const args = ['-D', files.data, '-p', String(port), ...settingsToArguments(request.settings)];
    const child = launcher.launch(launcher.binaries.postgres, args, {
      cwd: files.data,
      logFd: log.handle.fd,
    });
    const failure = watchFailure(child);
    const { pid } = child;
    if (pid === undefined) return await failure.reason;
    const ready = await waitUntilReady(request, pid, failure.hasEnded);
    if (ready === undefined && !failure.hasEnded()) {
      await endProcess(pid, shutdownSteps);
      return `it was not ready after ${readyTimeoutMs} ms`;
    }
    if (ready === undefined)
      return (await lastLogLines(files.log, log.startOffset)) || (await failure.reason);
    child.unref();
    await writeRecord(files, { port, fingerprint: fingerprintOf(request) });
    return { pid, port, origin: 'started' };
  } finally {
    await log.handle.close();
  }
}

function watchFailure(child: ChildProcess): { hasEnded(): boolean; readonly reason: Promise<string> } {
  let ended = false;
  const reason = new Promise<string>((resolve) => {
    const settle = (text: string): void => {
      ended = true;
      resolve(text);
    };
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, signal) => settle(`it ended with ${signal ?? code}`));
  });
  return { hasEnded: () => ended, reason };
}

/** Waits for the word "ready" that the server writes into postmaster.pid; cheaper than trying to connect. */
async function waitUntilReady(
  request: ServerRequest,
  pid: number,
  hasEnded: () => boolean,
): Promise<Postmaster | undefined> {
  const deadline = performance.now() + readyTimeoutMs;
  while (performance.now() < deadline && !hasEnded()) {
    const found = await findPostmaster(request.files);
    if (found?.pid === pid && found.isReady) return found;
    if ((await findStartToken(pid)) === undefined) return undefined;
    await sleep(readyPollMs);
  }
  return undefined;
}

/**
 * Postgres itself ignores a pid file whose process is gone, but believes one whose pid now belongs to any other
 * program. Called only when no server works in the folder; the server still guards its shared memory.
 */
async function removeStalePidFile(files: ClusterFiles): Promise<void> {
  await rm(join(files.data, 'postmaster.pid'), { force: true });
}

const damageSigns =
  /corrupt|invalid|could not (open|read|access|locate|find)|PANIC|does not exist|incompatible|CRC|checkpoint/i;

function describeComplaint(files: ClusterFiles, complaint: string): EmbeddedServerError {
  if (complaint.includes('No space left on device')) {
    return new EmbeddedServerError(
      'NOT_WRITABLE',
      `The disk that holds ${files.folder} is full: ${complaint}`,
    );
  }
  // A setting that the server refuses says "invalid" too, and is no damage.
  if (damageSigns.test(complaint) && !complaint.includes('parameter')) {
    return damaged(files, `it said "${complaint}" (its log: ${files.log})`);
  }
  return new EmbeddedServerError(
    'START_FAILED',
    `Postgres did not start on ${files.data}: ${complaint} (its log: ${files.log})`,
  );
}

/** Equal for two starts that would run the same server in the same way. */
function fingerprintOf(request: ServerRequest): string {
  const { binaries, kind } = request.launcher;
  const parts = [binaries.version, kind, request.settings, request.preferredPort ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
