import { runMigrations } from '../migrations/run.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import type { Environment } from './main.ts';
import { postgresFolder } from './servers.ts';
import { readProvisionSettings } from './settings.ts';
import { reportLine } from './terminal.ts';

/**
 * `omsx migrate`: on DATABASE_URL, else on the embedded Postgres, which is joined when "omsx up" runs it and is
 * otherwise started for as long as it takes. Safe to repeat and to run from several machines at once.
 */
export async function migrate(environment: Environment): Promise<number> {
  const settings = readProvisionSettings(environment);
  if (settings.databaseUrl !== undefined) return await apply(settings.databaseUrl);
  const postgres = await startPostgres({ folder: postgresFolder(settings), shared: true });
  try {
    return await apply(postgres.url);
  } finally {
    await postgres.stop();
  }
}

async function apply(databaseUrl: string): Promise<number> {
  const applied = await runMigrations(databaseUrl);
  for (const name of applied) reportLine(`Applied ${name}.`);
  if (applied.length === 0) reportLine('The database has all migrations already.');
  return 0;
}
