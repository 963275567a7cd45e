import pg from 'pg';
import { REFUND_CHECKS } from '../../ledger/refundChecks.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { brokenAfter, expectKept } from '../harness/plantedChecks.ts';
import { acc } from '../payments/fixture.ts';
import { ACH } from './asks.ts';
import { createRefundAsks } from './refundAsks.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;
let tenant: Tenant;

/** Sound books with one of each: refunds that arrived, are under way and failed, returns in suspense and out of it. */
beforeAll(async () => {
  world = await openWorld();
  const { url } = world.fixture;
  admin = await openDatabase({ url, role: new URL(url).username, poolMax: 1 });
  tenant = await world.addTenant();
  const asks = createRefundAsks(world);
  const original = await asks.arrival(tenant, '50.00');
  const done = await asks.refund(tenant, original, { amount: '10.00' });
  await asks.untilStatus(tenant, done.id, 'COMPLETED');
  await world.outcome(tenant, 'REJECT');
  const failed = await asks.refund(tenant, original, { amount: '10.00' });
  await asks.untilStatus(tenant, failed.id, 'FAILED');
  await asks.retry(tenant, failed.id);
  await world.outcome(tenant, 'ACCEPT_ONLY');
  await asks.refund(tenant, original, { amount: '10.00' });
  for (const isAssigned of [true, false]) {
    const returnPolicy = { onReturn: 'HOLD_IN_SUSPENSE' };
    const paid = await world.pay(tenant, '1.00', {
      ...{ destinationBankAccount: ACH, reference: 'sim:RETURN', returnPolicy },
    });
    await world.until(tenant, paid.id, 'RETURNED');
    if (isAssigned) await asks.assign(tenant, paid.id, acc(tenant.accountId));
  }
});
afterAll(async () => {
  await admin?.close();
  await world?.close();
});

test('sound books keep every promise, and each promise is looked at', () =>
  expectKept(world.fixture.url, REFUND_CHECKS));

test.each([
  [
    'counts exactly the refunds',
    'update payments.transaction set refunded_amount = 0 where refunded_amount > 0',
  ],
  [
    'counts exactly the refunds',
    'update payments.transaction set refunding_amount = 0 where refunding_amount > 0',
  ],
  [
    'counts exactly the refunds',
    `delete from payments.transaction where type = 'REFUND' and status = 'COMPLETED'`,
  ],
  ['tried again once', 'delete from payments.refund_recovery'],
  [
    'tried again once',
    `update payments.refund_recovery set retried_by = (select id from payments.transaction where refund_of is null limit 1)`,
  ],
  ['left it once', `update payments.suspended_return set assigned_account_id = null, assigned_at = null`],
  [
    'left it once',
    `update payments.suspended_return set assigned_account_id = gen_random_uuid(), assigned_at = now()`,
  ],
])('finds a broken promise: %s (%s)', async (promise, plant) => {
  expect(await brokenAfter(admin, plant)).toContainEqual(expect.stringContaining(promise));
});

test.each(['omsx_payments', 'omsx_payments_writer', 'omsx_accounts', 'omsx_check'])(
  '%s cannot read who paid, and nobody can change it',
  async (role) => {
    const client = new pg.Client({ connectionString: world.fixture.url, options: `-c role=${role}` });
    await client.connect();
    for (const sql of [
      'select sealed from bank.receipt_payer',
      'update bank.receipt_payer set sealed = sealed',
      'delete from bank.receipt_payer',
      'update bank.order set copy_of = null',
    ]) {
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
    await client.end();
  },
);
