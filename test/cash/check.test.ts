import { CASH_CHECKS } from '../../ledger/cashChecks.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { createRefundAsks } from '../bank/refundAsks.ts';
import { brokenAfter, expectKept } from '../harness/plantedChecks.ts';
import { acc } from '../payments/fixture.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;

/** Sound books with one of each: pickups waiting, picked up, refused, canceled and expired; payments credited and in suspense. */
beforeAll(async () => {
  world = await openWorld();
  const { url } = world.fixture;
  admin = await openDatabase({ url, role: new URL(url).username, poolMax: 1 });
  const tenant = await world.addTenant();
  const ready = async (): Promise<string> => {
    const { id } = await world.pickup(tenant, '50');
    await world.untilPickup(tenant, id, 'AWAITING_ACTION');
    return id;
  };
  await ready();
  const [picked, canceled, expired] = [await ready(), await ready(), await ready()];
  await world.collect(tenant, picked);
  await world.cancelTransaction(tenant, canceled);
  await world.collect(tenant, expired, { expires: true });
  await world.outcome(tenant, 'REJECT');
  const { id: refused } = await world.pickup(tenant, '50');
  const ends = { [picked]: 'COMPLETED', [canceled]: 'CANCELED', [expired]: 'FAILED', [refused]: 'FAILED' };
  for (const [id, status] of Object.entries(ends)) await world.untilPickup(tenant, id, status);
  const { id } = await world.cashIn(tenant);
  await world.pay(tenant, id);
  await world.untilCashIn(tenant, id, 'PAID');
  await world.pay(tenant, id, { anyway: true });
  await world.untilReceipts(tenant, 1, true);
  await refundAndRetry(tenant);
});

/** What came in goes back: first nobody picks it up, and the second try is on its way. */
async function refundAndRetry(tenant: Tenant): Promise<void> {
  const asks = createRefundAsks(world);
  const { id: cashIn } = await world.cashIn(tenant, { destinationId: acc(tenant.accountId) });
  await world.untilCashIn(tenant, cashIn, 'OPEN');
  await world.pay(tenant, cashIn);
  const { transaction } = await world.untilCashIn(tenant, cashIn, 'PAID');
  const destinationCashPickup = { network: 'COUNTERS_US', recipientName: 'Ada Example' };
  const { id } = await asks.refund(tenant, transaction.id, { amount: '40.00', destinationCashPickup });
  await world.untilPickup(tenant, id, 'AWAITING_ACTION');
  await world.collect(tenant, id, { expires: true });
  await asks.untilStatus(tenant, id, 'FAILED');
  const again = await asks.retry(tenant, id);
  await world.untilPickup(tenant, again.id, 'AWAITING_ACTION');
}
afterAll(async () => {
  await admin.close();
  await world.close();
});

test('sound books keep every promise, and each promise is looked at', () =>
  expectKept(world.fixture.url, CASH_CHECKS));

test.each([
  ['has exactly the Transfers', `delete from ledger.transfer where kind = 'POST_PENDING'`],
  ['has exactly the Transfers', `delete from ledger.transfer where kind = 'VOID_PENDING'`],
  [
    'has exactly the Transfers',
    `update cash.order set settled_state = 'READY' where settled_state = 'SETTLED'`,
  ],
  [
    'has exactly the Transfers',
    `update cash.order set settled_state = 'SETTLED' where settled_state = 'EXPIRED'`,
  ],
  ['has exactly the Transfers', `update cash.order set amount = amount + 1 where kind = 'PICKUP'`],
  ['has exactly the Transfers', `delete from cash.order where kind = 'PICKUP' and settled_state = 'READY'`],
  ['by one payment of its own', `delete from cash.receipt where reason is null`],
  ['by one payment of its own', `update payments.cash_in set fee_amount = fee_amount + 1`],
  ['by one payment of its own', `update payments.cash_in set transaction_id = gen_random_uuid()`],
  [
    'in the books once, with its amount',
    'update cash.receipt set transaction_id = null where reason is null',
  ],
  ['in the books once, with its amount', 'update cash.receipt set amount = amount + 1'],
  ['in the books once, with its amount', `update cash.receipt set reason = null where reason is not null`],
  [
    'at most as far as it was credited',
    `update payments.transaction set destination_amount = 1 where source_rail = 'CASH'`,
  ],
  ['for whom the first try was', `update cash.order set recipient_mask = 'B***' where copy_of is not null`],
  ['for whom the first try was', `update cash.order set copy_of = id where copy_of is not null`],
  [
    'for whom the first try was',
    `update payments.transaction set refund_of = id where id in (select copy_of from cash.order)`,
  ],
  [
    'counts exactly the refunds',
    `update payments.transaction set refunding_amount = 0 where refunding_amount > 0`,
  ],
])('finds a broken promise: %s (%s)', async (promise, plant) => {
  expect(await brokenAfter(admin, plant)).toContainEqual(expect.stringContaining(promise));
});
