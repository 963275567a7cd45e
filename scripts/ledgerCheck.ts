import { withDatabase } from '../bin/database.ts';
import { checkLedger, formatChecks } from '../ledger/check.ts';
import { openDatabase } from '../platform/postgres.ts';

/**
 * `npm run ledger:check`: proves the books of the database that DATABASE_URL names, or of the embedded one, while it
 * is in use. Prints a line for each promise and ends with 1 when one is broken.
 */
async function check(url: string): Promise<number> {
  const database = await openDatabase({ url, role: 'omsx_check', poolMax: 1 });
  try {
    const results = await checkLedger(database);
    process.stdout.write(`${formatChecks(results)}\n`);
    return results.some((result) => result.faulty > 0n) ? 1 : 0;
  } finally {
    await database.close();
  }
}

process.exitCode = await withDatabase(process.env, check);
