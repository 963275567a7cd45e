import { createHash } from 'node:crypto';
import pg from 'pg';
import { readMigrations, runMigrations } from '../../migrations/run.ts';

/**
 * The template: one migrated database, named after the hash of the migration files, that each test database is cloned
 * from. Callers hold the set-up lock, so that only one process builds or drops templates at a time.
 */
const templatePrefix = 'omsx_template_';
const testPrefix = 'omsx_test_';
const hashDigits = 12;

/** Makes the template unless it exists, and gives its name. An interrupted build has another name and is redone. */
export async function ensureTemplate(admin: pg.Client, adminUrl: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, sql } of await readMigrations()) hash.update(`${name}\0${sql}\0`);
  const templateName = `${templatePrefix}${hash.digest('hex').slice(0, hashDigits)}`;
  const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [templateName]);
  if (found.rowCount !== 0) return templateName;

  const unfinished = `${templateName}_unfinished`;
  await dropDatabase(admin, unfinished);
  await admin.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
  await runMigrations(databaseUrlOf(adminUrl, unfinished));
  // Nobody may connect to a template: a connection to the source makes CREATE DATABASE fail.
  await admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${templateName}`);
  await admin.query(`ALTER DATABASE ${templateName} IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  return templateName;
}

/**
 * Drops what no live run uses: databases that crashed or failed runs left behind and, when this is the only run,
 * templates of other migration files. `livePids` are the runs going on now, apart from this one.
 */
export async function dropLeftovers(
  admin: pg.Client,
  livePids: readonly number[],
  templateName: string,
): Promise<void> {
  const found = await admin.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE datname LIKE $1 OR datname LIKE $2',
    [`${testPrefix}%`, `${templatePrefix}%`],
  );
  for (const { datname } of found.rows) {
    if (datname.startsWith(testPrefix)) {
      const pid = Number.parseInt(datname.slice(testPrefix.length), 10);
      if (!livePids.includes(pid)) await dropDatabase(admin, datname);
    } else if (livePids.length === 0 && datname !== templateName) {
      await dropDatabase(admin, datname);
    }
  }
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  const quoted = pg.escapeIdentifier(name);
  const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (found.rowCount === 0) return;
  await admin.query(`ALTER DATABASE ${quoted} IS_TEMPLATE false`);
  await admin.query(`DROP DATABASE ${quoted} WITH (FORCE)`);
}

/** A name that tells whose run made the database; `serial` is unique within the process `workerPid`. */
export function testDatabaseName(runPid: number, workerPid: number, serial: number): string {
  return `${testPrefix}${runPid}_${workerPid}_${serial}`;
}

/** The same server and user, another database. */
export function databaseUrlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
