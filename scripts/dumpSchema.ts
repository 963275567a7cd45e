import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { migrationsFolder, runMigrations } from '../migrations/run.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { stateFolder } from '../platform/paths.ts';
import { describeSchema } from './schemaText.ts';

const dumpFile = join(migrationsFolder, 'schema.sql');

/**
 * Writes migrations/schema.sql: the structure that the migrations lead to, so that a change of the database is seen in
 * review as what it does. With `--check` it only compares, and ends with 1 when the file is stale.
 *
 * A cluster of its own, made anew: roles belong to the whole cluster, and those of an older checkout would show.
 */
async function main(isCheck: boolean): Promise<number> {
  const wanted = await dumpMigrated();
  if (!isCheck) {
    await writeFile(dumpFile, wanted);
    process.stdout.write('Wrote migrations/schema.sql.\n');
    return 0;
  }
  const found = await readFile(dumpFile, 'utf8').catch(() => '');
  if (found === wanted) return 0;
  process.stderr.write(
    `migrations/schema.sql is stale (first difference at line ${firstDifference(found, wanted)}): ` +
      'the migrations lead to another schema. Run "npm run db:dump" and commit the result.\n',
  );
  return 1;
}

async function dumpMigrated(): Promise<string> {
  const folder = join(stateFolder, `tmp-dump-${process.pid}`);
  try {
    const postgres = await startPostgres({ folder });
    try {
      await runMigrations(postgres.url);
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      try {
        return await describeSchema(client);
      } finally {
        await client.end();
      }
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function firstDifference(left: string, right: string): number {
  const leftLines = left.split('\n');
  const rightLines = right.split('\n');
  const index = rightLines.findIndex((line, at) => line !== leftLines[at]);
  return (index === -1 ? rightLines.length : index) + 1;
}

process.exitCode = await main(process.argv.includes('--check'));
