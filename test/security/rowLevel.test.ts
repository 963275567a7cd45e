import pg from 'pg';
import type { Uuid } from '../../platform/id.ts';
import { mutate, openWorld, type World } from '../accounts/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  for (const { viewer } of [world.ours, world.theirs]) {
    const customer = await mutate(world.accounts, viewer, 'createCustomer', {
      type: 'BUSINESS',
      legalName: 'B',
    });
    await mutate(world.accounts, viewer, 'createAccount', { customerId: customer.id, asset: 'USD' });
  }
});
afterAll(() => world.close());

/** Runs one statement as a bare connection of `role`, as if our own code were not there; gives rows or SQLSTATE. */
async function runAs(
  role: string,
  sql: string,
  organizationId?: Uuid,
): Promise<{ readonly rows: readonly Record<string, unknown>[] } | { readonly code: string | undefined }> {
  const client = new pg.Client({ connectionString: world.url, options: `-c role=${role}` });
  await client.connect();
  try {
    await client.query('begin');
    if (organizationId)
      await client.query(`select set_config('app.organization', $1, true)`, [organizationId]);
    return { rows: (await client.query(sql)).rows };
  } catch (error) {
    return { code: (error as pg.DatabaseError).code };
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

const OWNED = [
  ['accounts.organization', 'id'],
  ['accounts.customer', 'organization_id'],
  ['accounts.api_key', 'organization_id'],
  ['ledger.holder', 'organization_id'],
  ['ledger.account', 'organization_id'],
] as const;

test.each(OWNED)(
  '%s: a read without an organization fails, with one it finds that one only',
  async (table, owner) => {
    const count = `select count(*)::int as count, min(${owner}::text) as first, max(${owner}::text) as last from ${table}`;
    const unset = await runAs('omsx_accounts', count);
    expect(['22P02', '42704']).toContain('code' in unset && unset.code);
    for (const { organizationId } of [world.ours, world.theirs]) {
      const own = await runAs('omsx_accounts', count, organizationId);
      expect(own).toMatchObject({ rows: [{ first: organizationId, last: organizationId }] });
    }
    const foreign = `select count(*)::int as count from ${table} where ${owner} = '${world.theirs.organizationId}'`;
    expect(await runAs('omsx_accounts', foreign, world.ours.organizationId)).toEqual({
      rows: [{ count: 0 }],
    });
  },
);

test.each(OWNED)('%s: the request path cannot change a row of anybody', async (table, owner) => {
  for (const verb of [
    `insert into ${table} (${owner}) values ('${world.ours.organizationId}')`,
    `update ${table} set ${owner} = ${owner}`,
    `delete from ${table}`,
    `truncate ${table} cascade`,
    `alter table ${table} disable row level security`,
    `alter table ${table} no force row level security`,
    `create policy open on ${table} using (true)`,
    `set local row_security = off; select ${owner} from ${table}`,
  ]) {
    expect([verb, await runAs('omsx_accounts', verb, world.ours.organizationId)]).toEqual([
      verb,
      { code: '42501' },
    ]);
  }
});

test('every table of the accounts schema has row level security forced on it', async () => {
  const found = await runAs(
    'omsx_accounts',
    `select relname from pg_class where relnamespace = 'accounts'::regnamespace and relkind = 'r'
        and not (relrowsecurity and relforcerowsecurity)`,
    world.ours.organizationId,
  );
  expect(found).toEqual({ rows: [] });
});

test('the request path cannot select an HMAC, by name or by star', async () => {
  for (const columns of ['secret_hmac', '*', 'api_key']) {
    const sql = `select ${columns} from accounts.api_key`;
    expect(await runAs('omsx_accounts', sql, world.ours.organizationId)).toEqual({ code: '42501' });
  }
});

test('the writer deletes nothing, and changes neither structure nor what the ledger posted', async () => {
  for (const sql of [
    'delete from accounts.customer',
    'truncate accounts.customer',
    'update ledger.account set credits_posted = 1',
    'insert into ledger.transfer (id) values (gen_random_uuid())',
    'delete from ledger.account',
    'delete from platform.outbox',
    'update platform.idempotency set result = result',
    'drop table accounts.customer',
  ]) {
    expect([sql, await runAs('omsx_accounts_writer', sql)]).toEqual([sql, { code: '42501' }]);
  }
});
