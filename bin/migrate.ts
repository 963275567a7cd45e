import { runMigrations } from '../migrations/run.ts';
import type { Environment } from '../platform/configReader.ts';
import { withDatabase } from './database.ts';
import { reportLine } from './terminal.ts';

/** `omsx migrate`. Safe to repeat and to run from several machines at once. */
export async function migrate(environment: Environment): Promise<number> {
  const applied = await withDatabase(environment, (url) => runMigrations(url));
  for (const name of applied) reportLine(`Applied ${name}.`);
  if (applied.length === 0) reportLine('The database has all migrations already.');
  return 0;
}
