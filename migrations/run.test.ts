import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmptyDatabase, type TestDatabase } from '../test/harness/database.ts';
import { queryOnce } from '../test/harness/embedded.ts';
import { readMigrations, runMigrations } from './run.ts';

let folder = '';
let database: TestDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-migrations-'));
  database = await createEmptyDatabase();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

async function write(name: string, sql: string): Promise<void> {
  await writeFile(join(folder, name), sql);
}

test('files are applied in the order of their numbers, and a second run applies nothing', async () => {
  await write('0010-third.sql', 'INSERT INTO numbers VALUES (3);');
  await write('0001-first.sql', 'CREATE TABLE numbers (n int);');
  await write('0002-second.sql', 'ALTER TABLE numbers ALTER n SET NOT NULL; INSERT INTO numbers VALUES (2);');
  expect(await runMigrations(database.url, folder)).toEqual(['0001-first', '0002-second', '0010-third']);
  expect(await runMigrations(database.url, folder)).toEqual([]);
  expect(await queryOnce(database.url, 'SELECT n FROM numbers ORDER BY n')).toEqual([{ n: 2 }, { n: 3 }]);
});

test('a migration added later is the only one applied', async () => {
  await write('0001-first.sql', 'CREATE TABLE numbers (n int);');
  await runMigrations(database.url, folder);
  await write('0002-second.sql', 'INSERT INTO numbers VALUES (2);');
  expect(await runMigrations(database.url, folder)).toEqual(['0002-second']);
});

test('runs at the same time apply each file once', async () => {
  await write('0001-first.sql', 'CREATE TABLE numbers (n int); SELECT pg_sleep(0.2);');
  await write('0002-second.sql', 'INSERT INTO numbers VALUES (2);');
  const applied = await Promise.all([1, 2, 3, 4].map(() => runMigrations(database.url, folder)));
  expect(applied.map((names) => names.length).sort()).toEqual([0, 0, 0, 2]);
  expect(await queryOnce(database.url, 'SELECT n FROM numbers')).toEqual([{ n: 2 }]);
});

test('a file that fails names its line, undoes itself only, and can be run again when it is repaired', async () => {
  await write('0001-first.sql', 'CREATE TABLE numbers (n int);');
  await write('0002-second.sql', 'INSERT INTO numbers VALUES (2);\nINSERT INTO nombers VALUES (3);');
  await expect(runMigrations(database.url, folder)).rejects.toThrow(
    'migrations/0002-second.sql:2: relation "nombers" does not exist',
  );
  expect(await queryOnce(database.url, 'SELECT n FROM numbers')).toEqual([]);
  await write('0002-second.sql', 'INSERT INTO numbers VALUES (2);');
  expect(await runMigrations(database.url, folder)).toEqual(['0002-second']);
});

test('a database that is ahead of the code is refused', async () => {
  await write('0001-first.sql', 'CREATE TABLE numbers (n int);');
  await write('0002-second.sql', 'INSERT INTO numbers VALUES (2);');
  await runMigrations(database.url, folder);
  await rm(join(folder, '0002-second.sql'));
  await expect(runMigrations(database.url, folder)).rejects.toThrow(/does not know \(0002-second\)/);
});

test('a badly named file and a number used twice are refused', async () => {
  await write('0001-first.sql', 'SELECT 1;');
  await write('1-second.sql', 'SELECT 1;');
  await expect(readMigrations(folder)).rejects.toThrow(/1-second.sql is not named like a migration/);
  await rm(join(folder, '1-second.sql'));
  await write('0001-again.sql', 'SELECT 1;');
  await expect(readMigrations(folder)).rejects.toThrow(
    /0001-again.sql and 0001-first.sql have the same number/,
  );
});

test('the migrations of this repository apply to an empty database', async () => {
  const migrations = await readMigrations();
  const applied = await runMigrations(database.url);
  expect(applied).toEqual(migrations.map((migration) => migration.name));
});
