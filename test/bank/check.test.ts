import { BANK_CHECKS } from '../../ledger/bankChecks.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { brokenAfter, expectKept } from '../harness/plantedChecks.ts';
import { acc, ask, newKey } from '../payments/fixture.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { ACH } from './asks.ts';
import { addPlace, SEND } from './microDeposits.ts';
import { giveDetails, vac } from './virtualAccounts.ts';
import { openWorld, type World } from './world.ts';

let world: World;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;

/** Sound books with one of each: payouts held, settled, refused and returned, money credited and in suspense. */
beforeAll(async () => {
  world = await openWorld();
  const { url } = world.fixture;
  admin = await openDatabase({ url, role: new URL(url).username, poolMax: 1 });
  const tenant = await world.addTenant();
  const ends = { ACCEPT_ONLY: 'ACKNOWLEDGED', SETTLE: 'COMPLETED', REJECT: 'FAILED', RETURN: 'RETURNED' };
  for (const [outcome, kind] of Object.entries(ends)) {
    const paid = await world.pay(tenant, '1.00', {
      reference: `sim:${outcome}`,
      destinationBankAccount: ACH,
    });
    await world.until(tenant, paid.id, kind);
  }
  const { payments } = world.fixture;
  const priced = await quoted(payments, tenant.viewer, {
    sourceId: acc(tenant.accountId),
    destinationBankAccount: { rail: 'SPEI', accountHolderName: 'Ada Example', clabe: '032180000118359719' },
    reference: 'sim:RETURN',
    ...{ amount: '10', fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'MXN' },
  });
  const converted = await mutateQuote(payments, tenant.viewer, 'acceptQuote', { quoteId: priced.id });
  await world.until(tenant, converted.id, 'RETURNED');
  const arrive = async (where: object): Promise<void> => {
    const input = { idempotencyKey: newKey(), rail: 'WIRE', amount: '2', ...where };
    const query =
      'mutation ($input: SimulateBankDepositInput!) { simulateBankDeposit(input: $input) { __typename } }';
    await ask(world.fixture.payments, tenant.viewer, query, { input });
  };
  for (const reference of [acc(tenant.accountId), 'nobody']) await arrive({ reference });
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR' });
  const details = await giveDetails(world, { ...tenant, accountId: euros }, { convertsTo: 'EUR' });
  await arrive({ reference: 'rent', virtualAccountId: vac(details) });
  const settled = () => world.fixture.rows('select 1 from bank.receipt where settled_version = version');
  await world.eventually(settled, (rows) => rows.length === 3);
  const externalAccountId = await addPlace(world, tenant);
  const micro = { idempotencyKey: newKey(), externalAccountId, sourceId: acc(tenant.accountId) };
  await ask(world.fixture.payments, tenant.viewer, SEND, { input: micro });
  const arrived = () => world.fixture.rows(`select 1 from bank.micro_deposit where state = 'ARRIVED'`);
  await world.eventually(arrived, (rows) => rows.length === 1);
});
afterAll(async () => {
  await admin.close();
  await world.close();
});

test('sound books keep every promise, and each promise is looked at', () =>
  expectKept(world.fixture.url, BANK_CHECKS));

test.each([
  ['exactly the Transfers', `delete from ledger.transfer where kind = 'POST_PENDING'`],
  [
    'exactly the Transfers',
    `update bank.order set settled_state = 'SETTLED' where settled_state = 'RETURNED'`,
  ],
  [
    'exactly the Transfers',
    `update bank.order set settled_state = 'SETTLED' where settled_state = 'ACCEPTED'`,
  ],
  [
    'exactly the Transfers',
    `update bank.order set settled_state = 'ACCEPTED' where settled_state = 'REJECTED'`,
  ],
  ['exactly the Transfers', 'update bank.order set amount = amount + 1'],
  [
    'exactly the Transfers',
    `update ledger.transfer set amount = amount - 1 where kind = 'SINGLE' and transaction_id is not null
        and debit_account_id in (select id from ledger.account where kind = 'CONVERSION')`,
  ],
  [
    'exactly the Transfers',
    `delete from ledger.transfer where kind = 'POST_PENDING'
        and credit_account_id in (select id from ledger.account where kind = 'CONVERSION')`,
  ],
  [
    'stands where its settled order',
    `update payments.transaction set status = 'COMPLETED' where status = 'RETURNED'`,
  ],
  ['stands where its settled order', `delete from bank.order where settled_state = 'SETTLED'`],
  ['held as their sum', `update bank.micro_deposit set state = 'UNDER_WAY'`],
  ['held as their sum', 'update bank.order set amount = amount + 1'],
  ['held as their sum', 'update bank.micro_deposit set second_order_id = first_order_id'],
  [
    'held as their sum',
    `update ledger.transfer set amount = amount - 1 where pending_id in (select hold_id from bank.micro_deposit)`,
  ],
  ['in the books once', 'update bank.receipt set transaction_id = null where transaction_id is not null'],
  ['in the books once', 'update bank.receipt set amount = amount + 1 where transaction_id is null'],
  ['in the books once', 'update bank.receipt set amount = amount + 1 where converts_to is not null'],
  [
    'in the books once',
    `update payments.transaction set quote_id = null
      where id in (select transaction_id from bank.receipt where converts_to is not null)`,
  ],
  [
    'exactly the Transfers that it promised',
    `delete from ledger.transfer where kind = 'SINGLE' and transaction_id in
       (select transaction_id from bank.receipt where converts_to is not null)
        and credit_account_id in (select id from ledger.account where kind = 'CONVERSION')`,
  ],
])('finds a broken promise: %s (%s)', async (promise, plant) => {
  expect(await brokenAfter(admin, plant)).toContainEqual(expect.stringContaining(promise));
});
