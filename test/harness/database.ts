import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readTestEnvironment } from './environment.ts';
import { databaseUrlOf, testDatabaseName } from './template.ts';

export type TestDatabase = {
  /** As superuser, who may connect as any role. */
  readonly url: string;
  readonly name: string;
  /**
   * Drops the database; call it in `afterAll`, after closing pools. Throws when a connection is still open, naming it,
   * because a pool that a test leaks is one that the code may leak too. The database is dropped in that case as well.
   */
  drop(): Promise<void>;
};

const cloneAttemptsMax = 20;
const cloneRetryMs = 250;
/** A client's `end()` resolves a moment before the server's process is gone. */
const closeGraceMs = 1_000;
const closePollMs = 10;
const objectInUse = '55006';

let serialLast = 0;

/** A clone of the migrated template: own tables, no rows, shared with no other test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return await createDatabase(readTestEnvironment().templateName);
}

/** A database without our schema, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await createDatabase('template0');
}

async function createDatabase(templateName: string): Promise<TestDatabase> {
  const { adminUrl, runPid } = readTestEnvironment();
  serialLast += 1;
  const name = testDatabaseName(runPid, process.pid, serialLast);
  await withAdmin(adminUrl, (admin) => clone(admin, name, templateName));
  return {
    url: databaseUrlOf(adminUrl, name),
    name,
    drop: () => withAdmin(adminUrl, (admin) => drop(admin, name)),
  };
}

/** Autovacuum may look into the template at the moment of cloning, which Postgres refuses: try again. */
async function clone(admin: pg.Client, name: string, templateName: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${templateName}`);
      return;
    } catch (error) {
      const isBusy = error instanceof pg.DatabaseError && error.code === objectInUse;
      if (!isBusy || attempt >= cloneAttemptsMax) throw error;
      await sleep(cloneRetryMs);
    }
  }
}

type OpenConnection = {
  readonly application_name: string;
  readonly usename: string;
  readonly state: string;
  readonly query: string;
};

async function drop(admin: pg.Client, name: string): Promise<void> {
  const open = await waitUntilClosed(admin, name);
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  if (open.length === 0) return;
  const list = open.map(
    (connection) =>
      `- ${connection.application_name || 'unnamed'} as ${connection.usename}, ${connection.state}, ` +
      `last statement: ${connection.query.slice(0, 200)}`,
  );
  throw new Error(
    `${open.length} connection(s) to ${name} are still open; close their pools:\n${list.join('\n')}`,
  );
}

async function waitUntilClosed(admin: pg.Client, name: string): Promise<readonly OpenConnection[]> {
  const deadline = performance.now() + closeGraceMs;
  for (;;) {
    const found = await admin.query<OpenConnection>(
      `SELECT application_name, usename, coalesce(state, 'unknown') AS state, query
         FROM pg_stat_activity
        WHERE datname = $1 AND backend_type = 'client backend'`,
      [name],
    );
    if (found.rows.length === 0 || performance.now() >= deadline) return found.rows;
    await sleep(closePollMs);
  }
}

async function withAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl, application_name: 'omsx-test-admin' });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
