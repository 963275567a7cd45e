import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWriteFault, EmbeddedServerError, errnoOf } from './errors.ts';
import { lastLogLines, openLog } from './logs.ts';
import { giveTo, type PostgresLauncher } from './postgresLauncher.ts';

/** The files of one embedded Postgres. `data` is Postgres's own; the rest is ours. */
export type ClusterFiles = {
  readonly folder: string;
  readonly data: string;
  readonly password: string;
  readonly log: string;
  readonly server: string;
};

export const superuser = 'postgres';

const passwordBytes = 24;
const initTimeoutMs = 120_000;
const unfinishedPrefix = 'data.unfinished-';

export function clusterFiles(folder: string): ClusterFiles {
  return {
    folder,
    data: join(folder, 'data'),
    password: join(folder, 'password'),
    log: join(folder, 'postgres.log'),
    server: join(folder, 'server.json'),
  };
}

/**
 * Makes sure that there is a data folder, and gives the superuser's password. An existing folder is only looked at:
 * one that is damaged or of another major version throws DATA_DAMAGED and stays as it is. Safe to repeat after a crash
 * at any point: the folder is made under another name and renamed when it is complete.
 */
export async function ensureCluster(files: ClusterFiles, launcher: PostgresLauncher): Promise<string> {
  try {
    // Root in a user namespace cannot enter a closed folder of another user, and neither can the reverse.
    if (process.getuid?.() === 0) await giveTo(launcher.owner, files.folder);
    await removeUnfinished(files);
    const exists = await hasEntries(files.data);
    if (exists) await checkCluster(files, launcher);
    const password = await ensurePassword(files, exists);
    await giveTo(launcher.owner, files.password);
    if (!exists) await initialise(files, launcher);
    await giveTo(launcher.owner, files.data);
    // Postgres refuses a data folder that others can read; an archive unpacked with a loose umask is one.
    await chmod(files.data, 0o700);
    return password;
  } catch (error) {
    throw describeWriteFault(error, files.folder);
  }
}

async function removeUnfinished(files: ClusterFiles): Promise<void> {
  for (const name of await readdir(files.folder)) {
    if (name.startsWith(unfinishedPrefix))
      await rm(join(files.folder, name), { recursive: true, force: true });
  }
}

async function hasEntries(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The cheap checks that give a better sentence than the server's log would. */
async function checkCluster(files: ClusterFiles, launcher: PostgresLauncher): Promise<void> {
  const version = (await readFile(join(files.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  const needed = launcher.binaries.version.split('.')[0];
  if (version === '') {
    throw damaged(
      files,
      'it has no readable file PG_VERSION, so it is damaged or not a Postgres data folder',
    );
  }
  if (version !== needed)
    throw damaged(files, `it was made by Postgres ${version}, and this is Postgres ${needed}`);
}

/** A DATA_DAMAGED error that says what was found, that nothing was touched, and what can be done. */
export function damaged(files: ClusterFiles, finding: string): EmbeddedServerError {
  return new EmbeddedServerError(
    'DATA_DAMAGED',
    `Postgres cannot use ${files.data}: ${finding}. Nothing was changed or deleted. ` +
      'Restore the folder from a backup, or move it away to begin with an empty database.',
  );
}

async function ensurePassword(files: ClusterFiles, hasData: boolean): Promise<string> {
  const found = await readFile(files.password, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  });
  if (found.trim() !== '') return found.trim();
  if (hasData) throw damaged(files, `the file with its password, ${files.password}, is missing or empty`);
  const password = randomBytes(passwordBytes).toString('base64url');
  const unfinished = `${files.password}.unfinished`;
  await writeFile(unfinished, `${password}\n`, { mode: 0o600, flush: true });
  await rename(unfinished, files.password);
  return password;
}

async function initialise(files: ClusterFiles, launcher: PostgresLauncher): Promise<void> {
  const unfinished = join(files.folder, `${unfinishedPrefix}${process.pid}`);
  await mkdir(unfinished, { mode: 0o700 });
  if (process.getuid?.() === 0) await chown(unfinished, launcher.owner.uid, launcher.owner.gid);
  try {
    await runInitdb(files, launcher, unfinished);
    // An empty `data` may stand in the way (a mounted volume's folder): rmdir takes it only when it is empty.
    await rename(unfinished, files.data);
    await syncFolder(files.folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function runInitdb(files: ClusterFiles, launcher: PostgresLauncher, target: string): Promise<void> {
  const log = await openLog(files.log);
  try {
    const args = [
      ...['--pgdata', target, '--username', superuser, '--pwfile', files.password],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--data-checksums'],
      // Postgres's own C.UTF-8: the same order on each machine, and no index that a libc upgrade would break.
      ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
      ...['--set', 'shared_buffers=128MB', '--set', 'max_connections=100', '--no-instructions'],
    ];
    const child = launcher.launch(launcher.binaries.initdb, args, {
      cwd: files.folder,
      logFd: log.handle.fd,
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), initTimeoutMs);
      child.once('error', reject);
      child.once('exit', (exitCode) => {
        clearTimeout(timer);
        resolve(exitCode);
      });
    });
    if (code === 0) return;
    const said = await lastLogLines(files.log, log.startOffset);
    const isFull = said.includes('No space left on device');
    throw new EmbeddedServerError(
      isFull ? 'NOT_WRITABLE' : 'START_FAILED',
      isFull
        ? `The disk that holds ${files.folder} is full.`
        : `Postgres could not make its data folder in ${files.folder}: ${said || `initdb ended with ${code}`}`,
    );
  } finally {
    await log.handle.close();
  }
}

/** The rename must not be lost in a power cut that the folder's content survives. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
