import { RECONCILIATION_CHECKS } from '../../ledger/reconciliationChecks.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openWorld, type World } from '../bank/world.ts';
import { brokenAfter, expectKept } from '../harness/plantedChecks.ts';
import { createReconciliationAsks, isInBooks } from './asks.ts';

let world: World;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;

/** Sound books with one of each: lines matched, decided and open, and Bookings that no statement has. */
beforeAll(async () => {
  world = await openWorld({ reconciles: true });
  const asks = createReconciliationAsks(world);
  const { url } = world.fixture;
  admin = await openDatabase({ url, role: new URL(url).username, poolMax: 1 });
  const tenant = await world.addTenant();
  for (const [fault, amount] of [
    ['OMIT', '1.00'],
    ['OMIT', '5.00'],
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
  const [missing] = await world.eventually(
    () => asks.items(tenant, { kinds: ['MISSING_THEIRS'] }),
    (found) => found.length === 2,
  );
  await asks.resolve(tenant, missing.id, 'WRITE_OFF', { reason: 'the bank never made it' });
});
afterAll(async () => {
  await admin.close();
  await world.close();
});

test('sound books keep every promise, and each promise is looked at', () =>
  expectKept(world.fixture.url, RECONCILIATION_CHECKS));

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
  [
    'CLEARING of each rail',
    `update bank.reconciliation_item set resolution = 'IGNORED' where resolution = 'WRITTEN_OFF'`,
  ],
  ['as its state says', `update bank.statement_line set state = 'SUSPENSE' where state = 'FEE'`],
  ['as its state says', `update bank.statement_line set taken_out_by = 'Ada Example' where state = 'FEE'`],
  [
    'What is written off',
    `update bank.reconciliation_item set reversed_at = now() where resolution = 'WRITTEN_OFF'`,
  ],
  [
    'What is written off',
    `update bank.reconciliation_item set amount = amount + 1 where resolution = 'WRITTEN_OFF'`,
  ],
  ['something that is still open', `update bank.statement_line set state = 'IGNORED' where state = 'OPEN'`],
  ['a bank with a list', `delete from bank.statement_line where state = 'OPEN'`],
])('finds a broken promise: %s (%s)', async (promise, plant) => {
  expect(await brokenAfter(admin, plant)).toContainEqual(expect.stringContaining(promise));
});
