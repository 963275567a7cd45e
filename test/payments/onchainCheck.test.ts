import { ONCHAIN_CHECKS } from '../../ledger/onchainChecks.ts';
import { parseId, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { brokenAfter, expectKept } from '../harness/plantedChecks.ts';
import { succeed } from './fixture.ts';
import { openWorld, sendInput, type Tenant, type World } from './onchainWorld.ts';

let world: World;
let tenant: Tenant;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;

/** Sound books with one of each: deposits held, final and in suspense, sends held and final, gas. */
beforeAll(async () => {
  world = await openWorld();
  admin = await openDatabase({
    url: world.fixture.url,
    role: new URL(world.fixture.url).username,
    poolMax: 1,
  });
  tenant = await world.addTenant(100_000_000n);
  await world.deposit(tenant);
  await world.deposit(tenant, { state: 'FINAL' });
  await world.deposit(tenant, { state: 'FINAL', credits: 'SUSPENSE', amount: 2n });
  for (const outcome of ['open', 'final']) {
    const input = sendInput(tenant, '1');
    const sent = await succeed(world.fixture.payments, tenant.viewer, 'createTransaction', input);
    const { id, hash } = await world.carry(parseId('txn', sent.id) as Uuid);
    const done = `state = 'FINAL', outcome = 'SUCCEEDED', included_hash = '${hash}', fee = 21`;
    if (outcome === 'final') await world.moveCarrier(id, done, `state = 'FINAL'`);
  }
  await world.settle();
});
afterAll(async () => {
  await admin.close();
  await world.close();
});

test('sound books keep every promise, and each promise is looked at', () =>
  expectKept(world.fixture.url, ONCHAIN_CHECKS));

test.each([
  [
    'has moved its money once',
    `update payments.transaction set finality = 'PROVISIONAL' where status = 'COMPLETED'`,
  ],
  ['has moved its money once', `delete from ledger.transfer where kind = 'POST_PENDING'`],
  ['waits for a send or a deposit', `delete from chain.send where state = 'BROADCAST'`],
  [
    'waits for a send or a deposit',
    `update chain.send set state = 'CANCELED', settled_version = version where state = 'BROADCAST'`,
  ],
  ['waits for a send or a deposit', `update chain.deposit set state = 'ORPHANED' where state = 'SEEN'`],
  ['is final and settled', `update chain.deposit set amount = amount + 1 where credits = 'SUSPENSE'`],
  ['is final and settled', `update chain.deposit set transaction_id = null where credits = 'WALLET'`],
  ['is final and settled', `update chain.deposit set state = 'FINAL' where state = 'SEEN'`],
  ['The gas of each', 'update chain.transaction set fee = fee + 1 where fee_settled'],
])('finds a broken promise: %s (%s)', async (promise, plant) => {
  expect(await brokenAfter(admin, plant)).toContainEqual(expect.stringContaining(promise));
});
