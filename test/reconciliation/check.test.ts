import { checkLedger } from '../../ledger/check.ts';
import { RECONCILIATION_CHECKS } from '../../ledger/reconciliationChecks.ts';
import { type Database, openDatabase, type Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { openWorld, type World } from '../bank/world.ts';
import { createReconciliationAsks, isInBooks } from './asks.ts';

let world: World;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;

/** Sound books with one of each: lines matched, decided and open, and a Booking that no statement has. */
beforeAll(async () => {
  world = await openWorld({ reconciles: true });
  const asks = createReconciliationAsks(world);
  const { url } = world.fixture;
  admin = await openDatabase({ url, role: new URL(url).username, poolMax: 1 });
  const tenant = await world.addTenant();
  for (const [fault, amount] of [
    ['OMIT', '1.00'],
    ['NO_ID', '2.00'],
  ] as const) {
    await asks.control(tenant, '/control/line-fault', { fault });
    const paid = await world.pay(tenant, amount);
    await world.until(tenant, paid.id, 'COMPLETED');
  }
  for (const amountMinor of ['-3', '-4']) {
    await asks.control(tenant, '/control/line', { asset: 'USD', amountMinor, text: 'Fee' });
  }
  const items = await world.eventually(
    () => asks.items(tenant, { kinds: ['MISSING_OURS'] }),
    (found) => found.length === 2,
  );
  await asks.resolve(tenant, items[0].id, 'ACCEPT_AS_FEE');
  await world.eventually(
    () => asks.lines(tenant),
    (lines) => lines.filter(isInBooks).length === 2,
  );
  await world.eventually(
    () => asks.items(tenant, { kinds: ['MISSING_THEIRS'] }),
    (found) => found.length === 1,
  );
});
afterAll(async () => {
  await admin.close();
  await world.close();
});

class RolledBack extends Error {}
let plants = 0;
type Uuid = Parameters<Database['read']>[0];

/** What the checks find as omsx_check after `plant`, all of which is undone. */
async function brokenAfter(plant: string): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const sql = (text: string) => statement(`test.plant_lines_${plants++}`, text);
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

test('sound books keep every promise, and each promise is looked at', async () => {
  await world.expectSound();
  const checks = await openDatabase({ url: world.fixture.url, role: 'omsx_check', poolMax: 1 });
  const results = await checkLedger(checks);
  await checks.close();
  const promises = new Set(RECONCILIATION_CHECKS.map(({ promise }) => promise));
  const looked = results.filter(({ promise, checked }) => promises.has(promise) && checked > 0n);
  expect(looked).toHaveLength(RECONCILIATION_CHECKS.length);
});

test.each([
  ['CLEARING of each rail', `update bank.order set settled_state = 'QUEUED' where paid_line_id is null`],
  ['CLEARING of each rail', `update bank.order set paid_line_id = null`],
  ['OMNIBUS of each bank', `update bank.statement_line set state = 'IGNORED' where state = 'FEE'`],
  ['posted once for its amount', `update bank.statement_line set amount = amount - 1 where state = 'FEE'`],
  ['posted once for its amount', `update bank.statement_line set state = 'OPEN' where state = 'FEE'`],
  [
    'posted once for its amount',
    `update bank.statement_line set state = 'FEE', version = 1, settled_version = 1 where state = 'OPEN'`,
  ],
  [
    'name one another',
    `update bank.order set paid_line_id = gen_random_uuid() where paid_line_id is not null`,
  ],
  ['something that is still open', `update bank.statement_line set state = 'IGNORED' where state = 'OPEN'`],
  ['a bank with a list', `delete from bank.statement_line where state = 'OPEN'`],
])('finds a broken promise: %s (%s)', async (promise, plant) => {
  expect(await brokenAfter(plant)).toContainEqual(expect.stringContaining(promise));
});
