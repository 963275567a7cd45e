import pg from 'pg';
import { checkLedger } from '../../../ledger/check.ts';
import { parseId, type Uuid } from '../../../platform/id.ts';
import { type Database, openDatabase } from '../../../platform/postgres.ts';
import { acc, type Fixture, keyOf, openFixture } from '../fixture.ts';
import { expectSound, mutateQuote, quoted } from './fixture.ts';

/** Each promise about quotes can be broken, and then `ledger:check` says so. */
let fixture: Fixture;
let checks: Database;
let root: pg.Client;
let quoteId: Uuid;
let transactionId: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
  checks = await openDatabase({ url: fixture.url, role: 'omsx_check', poolMax: 1 });
  root = new pg.Client({ connectionString: fixture.url });
  await root.connect();
});
afterAll(async () => {
  await Promise.all([checks.close(), root.end()]);
  await fixture.close();
});

beforeEach(async () => {
  const organizationId = await fixture.addOrganization();
  const viewer = keyOf(organizationId);
  const usd = await fixture.openAccount(organizationId, { amountMinor: 1_000_00n });
  const eur = await fixture.openAccount(organizationId, { asset: 'EUR' });
  const partner = await fixture.openAccount(organizationId);
  const quote = await quoted(fixture.payments, viewer, {
    sourceId: acc(usd),
    destinationId: acc(eur),
    amount: '100',
    fixedSide: 'SOURCE',
    sourceAsset: 'USD',
    destinationAsset: 'EUR',
    developerFees: [{ recipientId: acc(partner), percent: '1' }],
  });
  const made = await mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: quote.id });
  quoteId = parseId('quo', quote.id) as Uuid;
  transactionId = parseId('txn', made.id) as Uuid;
  await expectSound(fixture.url);
});

/** Breaks something that no role of ours could, and takes it back; answers which promises were broken meanwhile. */
async function brokenBy(sql: string, undo: string): Promise<readonly string[]> {
  const plant = async (text: string): Promise<void> => {
    await root.query('begin');
    await root.query('set local session_replication_role = replica');
    await root.query(
      text.replaceAll('QUOTE', `'${quoteId}'`).replaceAll('TRANSACTION', `'${transactionId}'`),
    );
    await root.query('commit');
  };
  await plant(sql);
  const results = await checkLedger(checks);
  await plant(undo);
  await expectSound(fixture.url);
  return results.filter(({ faulty }) => faulty > 0n).map(({ promise }) => promise);
}

test.each([
  [
    'Each accepted Quote is one Transaction',
    'update payments.transaction set quote_id = null where id = TRANSACTION',
    'update payments.transaction set quote_id = QUOTE where id = TRANSACTION',
  ],
  [
    'Each accepted Quote is one Transaction',
    'update payments.quote set destination_net = destination_net - 1 where id = QUOTE',
    'update payments.quote set destination_net = destination_net + 1 where id = QUOTE',
  ],
  [
    'Each accepted Quote has exactly the Transfers',
    `update ledger.transfer set transaction_id = null where transaction_id = TRANSACTION and description = 'Developer fee'`,
    `update ledger.transfer set transaction_id = TRANSACTION where transaction_id is null and description = 'Developer fee'`,
  ],
  [
    'Each accepted Quote has exactly the Transfers',
    `update payments.quote set fees = jsonb_set(fees, '{0,amountMinor}', '"99"') where id = QUOTE`,
    `update payments.quote set fees = jsonb_set(fees, '{0,amountMinor}', '"100"') where id = QUOTE`,
  ],
  [
    'Each Quote adds up',
    'update payments.quote set rate_e18 = rate_e18 / 2 where id = QUOTE',
    'update payments.quote set rate_e18 = 925925925925925925 where id = QUOTE',
  ],
  [
    'Each Quote adds up',
    'update payments.quote set source_gross = source_gross + 1 where id = QUOTE',
    'update payments.quote set source_gross = source_gross - 1 where id = QUOTE',
  ],
])('"%s ..." finds %s', async (promise, sql, undo) => {
  expect(await brokenBy(sql, undo)).toEqual(expect.arrayContaining([expect.stringContaining(promise)]));
});

/** As a bare connection of a role, as if our own code were not there: rows, or the SQLSTATE of its refusal. */
async function runAs(role: string, sql: string, organizationId?: Uuid): Promise<unknown> {
  const client = new pg.Client({ connectionString: fixture.url, options: `-c role=${role}` });
  await client.connect();
  try {
    await client.query('begin');
    if (organizationId)
      await client.query(`select set_config('app.organization', $1, true)`, [organizationId]);
    return (await client.query(sql.replaceAll('QUOTE', `'${quoteId}'`))).rows;
  } catch (error) {
    return (error as pg.DatabaseError).code;
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

test('row level security keeps quotes and fees to their organization, and readers change nothing', async () => {
  const [{ organization_id: owner } = {}] = await fixture.rows<{ organization_id: Uuid }>(
    'select organization_id from payments.quote where id = $1',
    [quoteId],
  );
  const other = await fixture.addOrganization();
  const count = 'select count(*)::int as count from payments.quote';
  expect(await runAs('omsx_payments', count, owner)).toEqual([{ count: 1 }]);
  expect(await runAs('omsx_payments', count, other)).toEqual([{ count: 0 }]);
  expect(['22P02', '42704']).toContain(await runAs('omsx_payments', count));
  for (const sql of [
    `update payments.quote set status = 'EXPIRED' where id = QUOTE`,
    'delete from payments.quote where id = QUOTE',
    'update payments.platform_fee set flat = 0',
    'insert into payments.platform_fee default values',
  ]) {
    expect([sql, await runAs('omsx_payments', sql, owner)]).toEqual([sql, '42501']);
  }
});

test.each([
  'update payments.quote set destination_net = 1 where id = QUOTE',
  `update payments.quote set expires_at = now() + interval '1 day' where id = QUOTE`,
  `update payments.quote set fees = '[]' where id = QUOTE`,
  'update payments.quote set rate_e18 = 1 where id = QUOTE',
  'delete from payments.quote where id = QUOTE',
  'truncate payments.quote',
])('the writer cannot change what was offered: %s', async (sql) => {
  expect(await runAs('omsx_payments_writer', sql)).toBe('42501');
});

test('the table itself keeps a quote from being accepted late, or without a transaction', async () => {
  const accept = (set: string) =>
    runAs('omsx_payments_writer', `update payments.quote set ${set} where id = QUOTE`);
  expect(await accept('accepted_at = expires_at')).toBe('23514');
  expect(await accept('transaction_id = null')).toBe('23514');
  expect(await accept(`status = 'OPEN'`)).toBe('23514');
});
