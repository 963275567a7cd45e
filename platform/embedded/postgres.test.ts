import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { makeTemporaryFolder, queryOnce, removeFolder, startHolder } from '../../test/harness/embedded.ts';
import { type EmbeddedPostgres, type PostgresOptions, startPostgres } from './postgres.ts';
import { findStartToken } from './processes.ts';

let sharedFolder = '';
let folder = '';
const running: EmbeddedPostgres[] = [];

/** Making a cluster takes a second, so tests use one after the other, but for those that ask for an empty folder. */
beforeAll(async () => {
  sharedFolder = await makeTemporaryFolder();
});

beforeEach(() => {
  folder = sharedFolder;
});

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  if (folder !== sharedFolder) await removeFolder(folder);
});

afterAll(() => removeFolder(sharedFolder));

async function useEmptyFolder(): Promise<void> {
  folder = await makeTemporaryFolder();
}

async function start(options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ folder, ...options });
  running.push(postgres);
  return postgres;
}

async function isAlive(pid: number): Promise<boolean> {
  return (await findStartToken(pid)) !== undefined;
}

describe('an ordinary start', () => {
  test('makes a UTF-8 database with checksums, on loopback, that takes only the generated password', async () => {
    await useEmptyFolder();
    const { url, host } = await start();
    const shown = await queryOnce(
      url,
      `SELECT current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
              current_setting('listen_addresses') AS addresses, current_setting('synchronous_commit') AS commits,
              current_setting('fsync') AS fsync, current_database() AS name`,
    );
    expect(shown).toEqual([
      { checksums: 'on', encoding: 'UTF8', addresses: '127.0.0.1', commits: 'on', fsync: 'on', name: 'omsx' },
    ]);
    expect(host).toBe('127.0.0.1');
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(queryOnce(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('a second start finds what the first one wrote, on the same port and with the same password', async () => {
    const first = await start();
    await queryOnce(first.url, 'DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    expect(await isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await queryOnce(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  test('a preferred port that is taken is replaced by a free one', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const address = blocker.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const postgres = await start({ port });
      expect(postgres.port).not.toBe(port);
      expect(await queryOnce(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      blocker.close();
    }
  });

  test('settings of the caller win over ours', async () => {
    const { url } = await start({ settings: { work_mem: '3MB' } });
    expect(await queryOnce(url, `SELECT current_setting('work_mem') AS size`)).toEqual([{ size: '3MB' }]);
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('as root without user namespaces, it runs as another user, and later as root again', async () => {
    await useEmptyFolder();
    const first = await start({ namespaces: false });
    await queryOnce(first.url, 'DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    const second = await start({ namespaces: true });
    expect(await queryOnce(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    await second.stop();
    const third = await start({ namespaces: false });
    expect(await queryOnce(third.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });
});

describe('after a crash', () => {
  test('a killed server leaves a stale postmaster.pid; the next start recovers what was committed', async () => {
    const first = await start();
    await queryOnce(first.url, 'DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS n');
    await first.kill9();
    await first.stop();
    const stale = await readFile(join(first.dataFolder, 'postmaster.pid'), 'utf8');
    expect(stale).toMatch(new RegExp(`^${first.pid}\n`));

    const second = await start();
    expect(second.origin).toBe('started');
    expect(await queryOnce(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  test('a stale postmaster.pid whose pid is another program by now stops neither the start nor that program', async () => {
    const first = await start();
    const file = join(first.dataFolder, 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    await first.stop();
    // Not this process: Postgres knows that its own parent is no rival.
    const stranger = spawn('sleep', ['60']);
    try {
      await writeFile(file, text.replace(/^\d+/, String(stranger.pid)));
      const second = await start();
      expect(await queryOnce(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(stranger.signalCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  test('a server that outlived its killed process is adopted, and stopped at the end', async () => {
    const holder = await startHolder(folder);
    await holder.kill();
    const orphanPid = Number(holder.report.pid);
    expect(await isAlive(orphanPid)).toBe(true);

    const postgres = await start();
    expect([postgres.origin, postgres.pid, postgres.url]).toEqual(['adopted', orphanPid, holder.report.url]);
    await postgres.stop();
    expect(await isAlive(orphanPid)).toBe(false);
  });

  test('an orphan with other settings is stopped and started anew', async () => {
    const holder = await startHolder(folder);
    await holder.kill();
    const postgres = await start({ settings: { work_mem: '3MB' } });
    expect(postgres.origin).toBe('started');
    expect(await isAlive(Number(holder.report.pid))).toBe(false);
    expect(await queryOnce(postgres.url, `SELECT current_setting('work_mem') AS size`)).toEqual([
      { size: '3MB' },
    ]);
  });

  test('a data folder that was only half made is made again', async () => {
    await useEmptyFolder();
    const unfinished = join(folder, 'data.unfinished-1');
    await mkdir(unfinished);
    await writeFile(join(unfinished, 'PG_VERSION'), '18\n');
    const postgres = await start();
    expect(await queryOnce(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(readFile(join(unfinished, 'PG_VERSION'))).rejects.toThrow(/ENOENT/);
  });
});

describe('two processes on one folder', () => {
  test('the second one is refused with the pid of the first', async () => {
    const holder = await startHolder(folder);
    try {
      await expect(start()).rejects.toMatchObject({
        code: 'FOLDER_IN_USE',
        message: expect.stringContaining(`Process ${holder.process.pid} `),
      });
      expect(await isAlive(Number(holder.report.pid))).toBe(true);
    } finally {
      await holder.kill();
      await start();
    }
  });

  test('of several that start at the same moment on a new folder, exactly one gets it', async () => {
    await useEmptyFolder();
    const outcomes = await Promise.allSettled([start(), start(), start(), start()]);
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(won).toHaveLength(1);
    expect(lost.map((reason) => reason.code)).toEqual(['FOLDER_IN_USE', 'FOLDER_IN_USE', 'FOLDER_IN_USE']);
  });

  test('those that share use one server, and whoever leaves last stops it', async () => {
    const [first, second] = await Promise.all([start({ shared: true }), start({ shared: true })]);
    expect(second.pid).toBe(first.pid);
    await first.stop();
    expect(await queryOnce(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(await isAlive(first.pid)).toBe(false);
  });
});

describe('a folder that cannot be used', () => {
  test('a damaged control file is reported, and the folder stays as it is', async () => {
    await useEmptyFolder();
    const first = await start();
    await first.stop();
    const control = join(first.dataFolder, 'global', 'pg_control');
    await truncate(control, 100);
    await expect(start()).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringMatching(/pg_control.*Nothing was changed or deleted/s),
    });
    expect((await readFile(control)).length).toBe(100);
  });

  test('a data folder without its version, of another version, or without its password is never made over', async () => {
    await useEmptyFolder();
    const { dataFolder, stop } = await start();
    await stop();
    await writeFile(join(dataFolder, 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/made by Postgres 17, and this is Postgres 18/);
    await rm(join(dataFolder, 'PG_VERSION'));
    await expect(start()).rejects.toThrow(/no readable file PG_VERSION.*Nothing was changed/);
    await writeFile(join(dataFolder, 'PG_VERSION'), '18\n');
    await rm(join(folder, 'password'));
    await expect(start()).rejects.toThrow(/password.*is missing or empty.*Nothing was changed/);
  });

  test('a setting that the server refuses is reported as that, not as damage', async () => {
    await expect(start({ settings: { work_mem: 'much' } })).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('work_mem'),
    });
  });

  test('a folder that cannot be made is reported with its path', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(start({ folder: join(file, 'below') })).rejects.toMatchObject({
      code: 'NOT_WRITABLE',
      message: expect.stringContaining(file),
    });
  });
});
