import { execFile } from 'node:child_process';
import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { stateFolder } from '../paths.ts';
import { messageOf } from './errors.ts';

const run = promisify(execFile);

/** How to run a Redis server; `environment` is added to the child's. */
export type RedisBinary = {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** No server here, and why, in a sentence that can be shown. */
export type Absence = { readonly absent: string };

export type RedisSearch = {
  /** The folders to look through, as in the variable PATH. */
  readonly searchPath: string;
  /** Where unpacked packages are kept between runs. */
  readonly cacheFolder: string;
  /** False: never download anything. */
  readonly mayDownload: boolean;
};

export const defaultRedisCache: string = join(stateFolder, 'cache', 'redis');

const programNames = ['redis-server', 'valkey-server'] as const;
/** The program itself is in redis-tools; the rest are its libraries that a slim Debian lacks. */
const debianPackages = ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1'] as const;
const downloadTimeoutMs = 120_000;
const probeTimeoutMs = 10_000;
const aptOptions = ['-qq', '-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=10'] as const;

/**
 * Finds a Redis or Valkey server: on the PATH, else in our cache, else in the distribution's packages, which are
 * unpacked into the cache without root and without a change to the system. Safe to repeat and to run twice at once.
 */
export async function findRedisBinary(search: RedisSearch): Promise<RedisBinary | Absence> {
  for (const folder of search.searchPath.split(delimiter)) {
    for (const name of programNames) {
      const program = join(folder, name);
      if (folder !== '' && (await isRunnable({ program, environment: {} })))
        return { program, environment: {} };
    }
  }
  const root = join(search.cacheFolder, 'root');
  const cached = await locateUnpacked(root);
  if (cached !== undefined && (await isRunnable(cached))) return cached;
  const remedy = 'install redis-server, or point REDIS_URL at a server';
  if (!search.mayDownload) return { absent: `No redis-server or valkey-server is on the PATH; ${remedy}.` };
  if (!(await exists('/usr/bin/apt-get')) || !(await exists('/usr/bin/dpkg-deb'))) {
    return {
      absent: `No redis-server or valkey-server is on the PATH, and this is no Debian system; ${remedy}.`,
    };
  }
  try {
    await unpackPackages(search.cacheFolder, root);
  } catch (error) {
    return { absent: `Debian's Redis packages could not be fetched (${summarise(error)}); ${remedy}.` };
  }
  const unpacked = await locateUnpacked(root);
  if (unpacked !== undefined && (await isRunnable(unpacked))) return unpacked;
  return {
    absent: `Debian's Redis packages were unpacked, but the server in them does not run here; ${remedy}.`,
  };
}

/** Unpacked files appear under `root` in one rename, so that an interrupted download is never taken for a server. */
async function unpackPackages(cacheFolder: string, root: string): Promise<void> {
  const work = join(cacheFolder, `unfinished-${process.pid}`);
  const debs = join(work, 'debs');
  const unpacked = join(work, 'root');
  try {
    await mkdir(debs, { recursive: true });
    await mkdir(unpacked, { recursive: true });
    await download(debs, await ownAptOptions(work));
    for (const deb of await readdir(debs)) {
      if (deb.endsWith('.deb'))
        await run('dpkg-deb', ['-x', join(debs, deb), unpacked], { timeout: downloadTimeoutMs });
    }
    await rm(root, { recursive: true, force: true });
    await rename(unpacked, root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Package lists and cache in a folder of ours: no root is needed, and the system's stay as they are. */
async function ownAptOptions(work: string): Promise<readonly string[]> {
  const lists = join(work, 'lists');
  const cache = join(work, 'cache');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  // Root's apt would drop to the user _apt, who cannot write here.
  return ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User=root'];
}

/** First with the system's package lists, which takes a second; when they are missing or stale, with fresh ones. */
async function download(debs: string, ownLists: readonly string[]): Promise<void> {
  const at = { cwd: debs, timeout: downloadTimeoutMs };
  const cacheOnly = ownLists.slice(2);
  try {
    await run('apt-get', ['download', ...aptOptions, ...cacheOnly, ...debianPackages], at);
  } catch {
    await run('apt-get', ['update', ...aptOptions, ...ownLists], at);
    await run('apt-get', ['download', ...aptOptions, ...ownLists, ...debianPackages], at);
  }
}

async function locateUnpacked(root: string): Promise<RedisBinary | undefined> {
  const program = join(root, 'usr', 'bin', 'redis-server');
  if (!(await exists(program))) return undefined;
  const libraries = join(root, 'usr', 'lib');
  const folders = [libraries];
  for (const entry of await readdir(libraries, { withFileTypes: true })) {
    if (entry.isDirectory()) folders.push(join(libraries, entry.name));
  }
  return { program, environment: { LD_LIBRARY_PATH: folders.join(delimiter) } };
}

/** Asks the program for its version: a file that exists may still miss a library or be of another architecture. */
async function isRunnable(binary: RedisBinary): Promise<boolean> {
  try {
    await access(binary.program, constants.X_OK);
    if (!(await stat(binary.program)).isFile()) return false;
    await run(binary.program, ['--version'], { env: binary.environment, timeout: probeTimeoutMs });
    return true;
  } catch {
    return false;
  }
}

function summarise(error: unknown): string {
  const hasOutput = typeof error === 'object' && error !== null && 'stderr' in error;
  const said = (hasOutput && String(error.stderr)) || messageOf(error);
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? 'no reason given';
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
