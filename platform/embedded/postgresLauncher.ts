import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, lstat, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServerError } from './errors.ts';
import { copyBinaries, type PostgresBinaries } from './postgresBinaries.ts';

const run = promisify(execFile);

const probeTimeoutMs = 10_000;

/** Output goes to a file and never to a pipe of ours: a server that outlives this process must not die of SIGPIPE. */
export type LaunchOptions = { readonly cwd: string; readonly logFd: number };

/**
 * How Postgres programs are run here. It refuses to run as root, so three ways exist:
 *
 * - `direct`: we are not root.
 * - `namespace`: as root, in a user namespace where root has another name. To the file system it still is root, so
 *   folders that only root can enter work, and nothing changes owner.
 * - `otherUser`: as root where user namespaces are closed: another uid, which owns the data folder.
 */
export type PostgresLauncher = {
  readonly kind: 'direct' | 'namespace' | 'otherUser';
  readonly binaries: PostgresBinaries;
  /** The owner that the data folder and the password file must have on disk. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Starts a program in a session of its own, so that ctrl-C in our terminal does not reach it before we do. */
  launch(program: string, args: readonly string[], options: LaunchOptions): ChildProcess;
};

type PasswdEntry = { readonly name: string; readonly uid: number; readonly gid: number };

/** Only what Postgres needs: no variable of the caller's shell (PGDATA, PGPORT, LC_ALL) may change what it does. */
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Chooses the way to run Postgres. `namespaces: false` is for tests of the third way. Throws UNSUPPORTED. */
export async function choosePostgresLauncher(
  binaries: PostgresBinaries,
  options: { readonly namespaces?: boolean } = {},
): Promise<PostgresLauncher> {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (process.platform === 'win32') {
    throw new EmbeddedServerError(
      'UNSUPPORTED',
      'Embedded Postgres runs on Linux and macOS; set DATABASE_URL.',
    );
  }
  if (uid !== 0) {
    return {
      kind: 'direct',
      binaries,
      owner: { uid, gid },
      launch: (program, args, at) => start(program, args, at),
    };
  }
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  if (options.namespaces !== false && process.platform === 'linux') {
    const wrapper = await findNamespaceWrapper(users);
    if (wrapper !== undefined) {
      const launch: PostgresLauncher['launch'] = (program, args, at) =>
        start('unshare', [...wrapper, program, ...args], at);
      return { kind: 'namespace', binaries, owner: { uid, gid }, launch };
    }
  }
  return await launchAsOtherUser(binaries, users);
}

/** The arguments of `unshare` that work here, or undefined when this machine allows no user namespace. */
async function findNamespaceWrapper(users: readonly PasswdEntry[]): Promise<readonly string[] | undefined> {
  // initdb looks its user up by name, so the uid must be one that /etc/passwd knows.
  const user = users.find((entry) => entry.uid === 1000) ?? users.find((entry) => entry.uid !== 0);
  if (user === undefined) return undefined;
  const wrapper = ['-U', `--map-user=${user.uid}`, `--map-group=${user.uid}`, '--'];
  return await run('unshare', [...wrapper, 'true'], { timeout: probeTimeoutMs }).then(
    () => wrapper,
    () => undefined,
  );
}

async function launchAsOtherUser(
  given: PostgresBinaries,
  users: readonly PasswdEntry[],
): Promise<PostgresLauncher> {
  const user = ['postgres', 'nobody', 'daemon'].flatMap((name) =>
    users.filter((entry) => entry.name === name),
  )[0];
  if (user === undefined) {
    throw new EmbeddedServerError(
      'UNSUPPORTED',
      'Postgres refuses to run as root, and this machine has neither user namespaces nor a user "nobody" to run ' +
        'it as. Start omsx as an ordinary user, or set DATABASE_URL.',
    );
  }
  const identity = { uid: user.uid, gid: user.gid };
  const binaries = (await canRun(given, identity)) ? given : await copyToSharedFolder(given);
  if (!(await canRun(binaries, identity))) {
    throw new EmbeddedServerError(
      'UNSUPPORTED',
      `Postgres refuses to run as root, and ${binaries.postgres} cannot be run as the user ${user.name} either. ` +
        'Start omsx as an ordinary user, or set DATABASE_URL.',
    );
  }
  const launch: PostgresLauncher['launch'] = (program, args, at) => start(program, args, at, identity);
  return { kind: 'otherUser', binaries, owner: identity, launch };
}

async function canRun(binaries: PostgresBinaries, identity: { uid: number; gid: number }): Promise<boolean> {
  return await run(binaries.postgres, ['--version'], { ...identity, cwd: '/', timeout: probeTimeoutMs }).then(
    () => true,
    () => false,
  );
}

/** Below /var/lib, not /tmp: no other user may put a program of theirs where we are going to run ours. */
async function copyToSharedFolder(binaries: PostgresBinaries): Promise<PostgresBinaries> {
  const base = '/var/lib/omsx';
  await mkdir(base, { recursive: true, mode: 0o755 });
  if ((await stat(base)).uid !== 0) {
    throw new EmbeddedServerError(
      'UNSUPPORTED',
      `${base} belongs to another user than root; it is not used.`,
    );
  }
  const home = await copyBinaries(binaries.home, join(base, `postgres-${binaries.version}`));
  return { ...binaries, home, postgres: join(home, 'bin', 'postgres'), initdb: join(home, 'bin', 'initdb') };
}

function start(
  program: string,
  args: readonly string[],
  options: LaunchOptions,
  identity: { readonly uid?: number; readonly gid?: number } = {},
): ChildProcess {
  return spawn(program, args, {
    ...identity,
    cwd: options.cwd,
    env: environment,
    detached: true,
    stdio: ['ignore', options.logFd, options.logFd],
  });
}

/**
 * Makes `path` and all below it belong to the launcher's owner, for a folder that was used in another way before (as
 * root, then not, or the reverse). One stat when the owner is right already.
 */
export async function giveTo(
  owner: { readonly uid: number; readonly gid: number },
  path: string,
): Promise<void> {
  const found = await lstat(path);
  if (found.uid === owner.uid) return;
  if (process.getuid?.() !== 0) {
    throw new EmbeddedServerError(
      'NOT_WRITABLE',
      `${path} belongs to another user (uid ${found.uid}), because omsx was run as that user before. ` +
        `Run it as that user again, or as root: chown -R ${owner.uid} ${path}`,
    );
  }
  await chownTree(owner, path);
}

async function chownTree(owner: { readonly uid: number; readonly gid: number }, path: string): Promise<void> {
  const found = await lstat(path);
  // A link's own owner matters to nobody, and following it could give away a file outside the folder.
  if (found.isSymbolicLink()) return;
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await chownTree(owner, join(path, name));
  }
  // The top goes last: an interrupted run is seen by the owner of the top, and done again.
  await chown(path, owner.uid, owner.gid);
}

function parsePasswd(text: string): readonly PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, uid: Number.parseInt(uid, 10), gid: Number.parseInt(gid, 10) }];
  });
}
