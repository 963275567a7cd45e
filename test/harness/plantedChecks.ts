import { checkLedger } from '../../ledger/check.ts';
import type { Check } from '../../ledger/checkStatements.ts';
import type { Uuid } from '../../platform/id.ts';
import { type Database, openDatabase, type Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';

class RolledBack extends Error {}
let plants = 0;

/** What the checks find as omsx_check after `plant`, all of which is undone. @param admin superuser */
export async function brokenAfter(admin: Database, plant: string): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const sql = (text: string) => statement(`test.plant_${plants++}`, text);
  const work = admin.write(async (tx) => {
    await tx.rows(sql('set local session_replication_role = replica'));
    await tx.rows(sql(plant));
    await tx.rows(sql('set local role omsx_check'));
    const read = <T>(_organizationId: Uuid, run: (tx: Tx) => Promise<T>): Promise<T> => run(tx);
    const results = await checkLedger({ ...admin, read } as Database);
    found = results.filter((result) => result.faulty > 0n).map((result) => result.promise);
    throw new RolledBack();
  });
  await expect(work).rejects.toThrow(RolledBack);
  return found;
}

/** Sound books keep every promise; one of which nothing was looked at would be kept by nothing. */
export async function expectKept(url: string, promised: readonly Check[]): Promise<void> {
  const checks = await openDatabase({ url, role: 'omsx_check', poolMax: 1 });
  const results = await checkLedger(checks);
  await checks.close();
  expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
  const promises = new Set(promised.map(({ promise }) => promise));
  const looked = results.filter(({ promise, checked }) => promises.has(promise) && checked > 0n);
  expect(looked).toHaveLength(promised.length);
}
