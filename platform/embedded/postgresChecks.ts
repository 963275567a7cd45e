import pg from 'pg';
import { messageOf } from './errors.ts';
import { loopback } from './ports.ts';
import { superuser } from './postgresCluster.ts';

const connectTimeoutMs = 5_000;
const queryTimeoutMs = 30_000;

/** Undefined when the server takes our password and answers; otherwise what went wrong. */
export async function checkHealth(port: number, password: string): Promise<string | undefined> {
  try {
    await withAdmin(port, password, (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Makes the database unless it exists. Safe to repeat. */
export async function ensureDatabase(port: number, password: string, database: string): Promise<void> {
  await withAdmin(port, password, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  });
}

async function withAdmin<T>(
  port: number,
  password: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: loopback,
    port,
    password,
    user: superuser,
    database: 'postgres',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    application_name: 'omsx-embedded',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
