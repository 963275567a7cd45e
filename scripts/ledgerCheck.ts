import { checkLedger, formatChecks } from '../ledger/check.ts';
import { openDatabase } from '../platform/postgres.ts';

/**
 * Proves the books of the database that DATABASE_URL names, while it is in use. Prints a line for each promise
 * and ends with 1 when one is broken.
 */
async function main(): Promise<number> {
  const url = process.env.DATABASE_URL;
  if (url === undefined || url === '') {
    process.stderr.write('DATABASE_URL is missing: set it to the database to check.\n');
    return 2;
  }
  const database = await openDatabase({ url, role: 'omsx_check', poolMax: 1 });
  try {
    const results = await checkLedger(database);
    process.stdout.write(`${formatChecks(results)}\n`);
    return results.some((result) => result.faulty > 0n) ? 1 : 0;
  } finally {
    await database.close();
  }
}

process.exitCode = await main();
