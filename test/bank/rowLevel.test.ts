import pg from 'pg';
import type { Uuid } from '../../platform/id.ts';
import { addPlace } from './places.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  world = await openWorld();
  [ours, theirs] = [await world.addTenant(), await world.addTenant()];
  for (const tenant of [ours, theirs]) {
    const paid = await world.pay(tenant, '1.00');
    await world.until(tenant, paid.id, 'COMPLETED');
    await addPlace(world, tenant);
  }
});
afterAll(() => world.close());

/** One statement as a bare connection of `role`, as if our own code were not there: rows, or SQLSTATE. */
async function runAs(role: string, sql: string, organizationId?: Uuid): Promise<unknown> {
  const client = new pg.Client({ connectionString: world.fixture.url, options: `-c role=${role}` });
  await client.connect();
  try {
    await client.query('begin');
    if (organizationId)
      await client.query(`select set_config('app.organization', $1, true)`, [organizationId]);
    return (await client.query(sql)).rows;
  } catch (error) {
    return (error as pg.DatabaseError).code;
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

const DENIED = '42501';

test('a reader sees the orders of its organization, and none without one', async () => {
  const sql = 'select distinct organization_id from bank.order';
  const { organizationId } = ours;
  expect(await runAs('omsx_payments', sql, organizationId)).toEqual([{ organization_id: organizationId }]);
  expect(['22P02', '42704']).toContain(await runAs('omsx_payments', sql));
});

test.each([
  ['omsx_payments', 'select sealed from bank.order'],
  ['omsx_payments_writer', 'select sealed from bank.order'],
  ['omsx_payments_writer', 'select sealed from bank.message'],
  ['omsx_payments_writer', 'select 1 from bank.difference'],
  ['omsx_payments_writer', 'update bank.order set amount = 1'],
  ['omsx_payments_writer', 'delete from bank.order'],
  ['omsx_accounts_writer', 'select id from bank.order'],
  ['omsx_payments_writer', 'select sealed from bank.external_account'],
  ['omsx_payments_writer', `update bank.external_account set status = 'VERIFIED'`],
  ['omsx_payments_writer', 'update bank.external_account set version = version + 1'],
  ['omsx_check', 'select sealed from bank.external_account'],
  ['omsx_payments', 'select sealed from payments.quote'],
  ['omsx_check', 'select sealed from payments.quote'],
  ['omsx_bank', 'select sealed from payments.quote'],
  ['omsx_payments', 'select sealed from payments.payout_item'],
  ['omsx_check', 'select sealed from payments.payout_item'],
  ['omsx_payments_writer', `update payments.quote set payout = null`],
  ['omsx_bank', 'update bank.order set settled_version = version'],
  ['omsx_bank', 'update bank.order set is_final = true'],
  ['omsx_bank', 'insert into bank.order default values'],
  ['omsx_bank', 'update bank.receipt set account_id = null'],
  ['omsx_bank', 'update bank.message set outcome = null'],
  ['omsx_bank', 'select debits_posted from ledger.account'],
  ['omsx_bank', 'select 1 from ledger.transfer'],
  ['omsx_bank', 'select 1 from payments.transaction'],
])('%s may not: %s', async (role, sql) => {
  expect(await runAs(role, sql, ours.organizationId)).toBe(DENIED);
});

test('what is sealed of an external account is read by its organization alone', async () => {
  const sql = 'select distinct organization_id from bank.external_account where sealed is not null';
  const { organizationId } = ours;
  expect(await runAs('omsx_payments', sql, organizationId)).toEqual([{ organization_id: organizationId }]);
  expect(['22P02', '42704']).toContain(await runAs('omsx_payments', sql));
});

test('what was wished and what was said is never changed, by nobody', async () => {
  const superuser = new URL(world.fixture.url).username;
  for (const sql of [
    'update bank.order set amount = amount + 1',
    'delete from bank.order',
    'update bank.message set key = key',
    'delete from bank.message',
  ]) {
    expect(await runAs(superuser, sql)).toBe('23001');
  }
});
