import pg from 'pg';
import { createEmptyDatabase, createTestDatabase } from './database.ts';

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'leaky-test' });
  // Dropping the database by force ends the connection, which is the point of one of the tests.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function countDatabases(name: string): Promise<number | null> {
  const other = await createEmptyDatabase();
  const client = await connect(other.url);
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  await client.end();
  await other.drop();
  return found.rowCount;
}

test('a test database has our migrations applied', async () => {
  const database = await createTestDatabase();
  const client = await connect(database.url);
  const found = await client.query(`SELECT to_regclass('public.omsx_migration') IS NOT NULL AS migrated`);
  await client.end();
  await database.drop();
  expect(found.rows).toEqual([{ migrated: true }]);
});

test('databases made at the same time are different ones', async () => {
  const databases = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
  expect(new Set(databases.map((database) => database.url)).size).toBe(3);
  await Promise.all(databases.map((database) => database.drop()));
});

test('a connection that is still open fails the drop, is named, and does not keep the database', async () => {
  const database = await createEmptyDatabase();
  const client = await connect(database.url);
  await client.query('SELECT 42 AS leaked');

  await expect(database.drop()).rejects.toThrow(/1 connection.*leaky-test.*SELECT 42 AS leaked/s);

  await client.end();
  expect(await countDatabases(database.name)).toBe(0);
});
