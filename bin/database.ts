import { readConfig } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { postgresFolder } from './servers.ts';

/**
 * Runs `work` on DATABASE_URL, else on the embedded Postgres, which is joined when "omsx up" runs it and is otherwise
 * started for as long as it takes.
 */
export async function withDatabase<T>(
  environment: Environment,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const config = readConfig(environment);
  if (config.databaseUrl !== undefined) return await work(config.databaseUrl);
  const postgres = await startPostgres({ folder: postgresFolder(config), shared: true });
  try {
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}
