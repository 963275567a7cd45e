import { startPostgres } from './postgres.ts';

/**
 * A process for tests to kill: starts the Postgres of the folder in its first argument, prints one line of JSON, and
 * stays until it is killed, or until its standard input ends, so that it cannot outlive a test run.
 */
const [, , folder = '', shared = ''] = process.argv;
try {
  const postgres = await startPostgres({ folder, shared: shared === 'shared' });
  process.stdout.write(
    `${JSON.stringify({ pid: postgres.pid, url: postgres.url, origin: postgres.origin })}\n`,
  );
  process.stdin.resume().once('end', () => process.exit(0));
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ failure: error instanceof Error ? error.message : String(error) })}\n`,
  );
}
