import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource, type Logger, type MigrationInterface, type QueryRunner } from 'typeorm';
import { projectRoot } from '../platform/paths.ts';
import { MigrationError } from './error.ts';

/** The numbered SQL files of this repository, the only way its database changes. */
export const migrationsFolder: string = join(projectRoot, 'migrations');

/** A numbered SQL file: `0001-roles.sql` is number 1, name `0001-roles`. */
export type Migration = { readonly name: string; readonly number: number; readonly sql: string };

const fileNamePattern = /^(\d{4})-[a-z0-9-]+\.sql$/;
const migrationsTable = 'omsx_migration';

/** Any constant will do, as long as nothing else in the database locks the same one. */
const advisoryLockKey = '7236834112061998';
/** How long to wait for another run; the other may be building an index on a large table. */
const lockWaitMs = 600_000;
const connectTimeoutMs = 10_000;

/** TypeORM prints a failed migration whatever `logging` says; ours is an error that the caller shows. */
const silentLogger: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

/**
 * Applies the migrations that this database lacks, each in a tx of its own, and gives their names in order (none the
 * second time). Runs at the same time are safe: the later one waits, then finds nothing to do. After an error the fixed
 * file can simply be run again. Throws MigrationError.
 */
export async function runMigrations(
  databaseUrl: string,
  folder: string = migrationsFolder,
): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  return await withAdvisoryLock(databaseUrl, async () => {
    const dataSource = new DataSource({
      type: 'postgres',
      url: databaseUrl,
      migrations: migrations.map(toTypeormMigration),
      migrationsTableName: migrationsTable,
      migrationsTransactionMode: 'each',
      schema: 'public',
      synchronize: false,
      logging: false,
      logger: silentLogger,
      applicationName: 'omsx-migrate',
      poolSize: 1,
      connectTimeoutMS: connectTimeoutMs,
    });
    await dataSource.initialize();
    try {
      await refuseUnknownMigrations(dataSource, migrations);
      const applied = await dataSource.runMigrations();
      return applied.map((migration) => nameWithoutNumber(migration.name));
    } finally {
      await dataSource.destroy();
    }
  });
}

/** The migrations of a folder in their order. Throws MigrationError for a badly named file or a number used twice. */
export async function readMigrations(folder: string = migrationsFolder): Promise<readonly Migration[]> {
  const files = (await readdir(folder))
    .filter((file) => file.endsWith('.sql') && file !== 'schema.sql')
    .sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const digits = fileNamePattern.exec(file)?.[1];
    if (digits === undefined) {
      throw new MigrationError(
        `${file} is not named like a migration: four digits, "-", lower-case words, ".sql".`,
      );
    }
    const number = Number.parseInt(digits, 10);
    const previous = migrations.at(-1);
    if (previous?.number === number) {
      throw new MigrationError(
        `${previous.name}.sql and ${file} have the same number; give the later one the next.`,
      );
    }
    migrations.push({
      name: file.slice(0, -'.sql'.length),
      number,
      sql: await readFile(join(folder, file), 'utf8'),
    });
  }
  return migrations;
}

/**
 * TypeORM takes a migration's place in the order from the last 13 characters of its name, meant for a time in
 * milliseconds; a zero-padded number serves as well.
 */
function toTypeormMigration(migration: Migration): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = `${migration.name}-${String(migration.number).padStart(13, '0')}`;

    async up(queryRunner: QueryRunner): Promise<void> {
      try {
        await queryRunner.query(migration.sql);
      } catch (cause) {
        throw new MigrationError(describeFailure(migration, cause), { cause });
      }
    }

    down(): Promise<void> {
      const refusal = `${migration.name} cannot be undone: migrations only go forward. Write a new one that reverses it.`;
      return Promise.reject(new MigrationError(refusal));
    }
  };
}

function nameWithoutNumber(name: string): string {
  return name.replace(/-\d{13}$/, '');
}

/** Postgres gives the place of an error as a character offset; people want a line. */
function describeFailure(migration: Migration, cause: unknown): string {
  const driverError = cause instanceof Error && 'driverError' in cause ? cause.driverError : cause;
  const message = driverError instanceof Error ? driverError.message : String(driverError);
  const position =
    driverError instanceof pg.DatabaseError && driverError.position !== undefined
      ? Number.parseInt(driverError.position, 10)
      : undefined;
  const line = position === undefined ? '' : `:${migration.sql.slice(0, position).split('\n').length}`;
  return `migrations/${migration.name}.sql${line}: ${message}`;
}

/** A database that is ahead of this code must not be served by it: its tables may mean something else by now. */
async function refuseUnknownMigrations(dataSource: DataSource, known: readonly Migration[]): Promise<void> {
  const table: ReadonlyArray<{ oid: string | null }> = await dataSource.query(
    `SELECT to_regclass('public.${migrationsTable}')::text AS oid`,
  );
  if (table[0]?.oid == null) return;
  const rows: ReadonlyArray<{ name: string }> = await dataSource.query(
    `SELECT name FROM public.${migrationsTable} ORDER BY "timestamp"`,
  );
  const names = new Set(known.map((migration) => migration.name));
  const unknown = rows.map((row) => nameWithoutNumber(row.name)).filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw new MigrationError(
      `The database has migrations that this version does not know (${unknown.join(', ')}). ` +
        'Run the version that made them, or a later one.',
    );
  }
}

/** The lock lives on a connection of its own, so that it outlasts each file's tx and ends with this process. */
async function withAdvisoryLock<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'omsx-migrate-lock',
    connectionTimeoutMillis: connectTimeoutMs,
  });
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLockKey]);
    return await work();
  } finally {
    await client.end();
  }
}
