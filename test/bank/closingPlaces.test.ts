import { setTimeout as sleep } from 'node:timers/promises';
import { parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { lockExternalAccounts } from '../../rails/bank/externalAccounts/changeExternalAccounts.ts';
import { lockPayableAccounts } from '../../rails/bank/externalAccounts/payableAccounts.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { createPayments, type Payments } from '../../subgraphs/payments/main.ts';
import { settleBankRound } from '../../subgraphs/payments/workers/settleBank.ts';
import { type Answer, acc, mutate } from '../payments/fixture.ts';
import { handIn, ITEM, payAll, readBatch } from '../payments/payoutsWorld.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { addPlace, setPlaceStatus } from './places.ts';
import { openWorld, type Tenant, type World } from './world.ts';

/**
 * Goal: closing an external account comes before or after each payment to it, never between. Method: locks held open by
 * hand from either side, and a storm of payments of two processes against a closing.
 */
const PAYMENTS = 60;
/** Long enough that whoever does not wait would have answered. */
const WAIT_MS = 400;

let world: World;
let tenant: Tenant;
let place: string;
let uuid: Uuid;
let accounts: Database;
let writes: Database;
let others: Payments;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
  const { databaseUrl, keyFile } = world.settings;
  accounts = await openDatabase({ url: databaseUrl, role: 'omsx_accounts_writer', poolMax: 1 });
  writes = await openDatabase({ url: databaseUrl, role: 'omsx_payments_writer', poolMax: 1 });
  others = await createPayments({
    databaseUrl,
    logger: createLogger({ level: 'silent', name: 'other' }),
    runsWorkers: false,
    bank: { adapter: SIMULATOR, vault: await openFileVault(keyFile, 'refuse') },
  });
});
afterAll(async () => {
  await Promise.all([accounts.close(), writes.close(), others.close()]);
  await world.close();
});
beforeEach(async () => {
  tenant = await world.addTenant();
  place = await addPlace(world, tenant);
  uuid = parseId('xac', place) as Uuid;
});
afterEach(() => world.expectSound());

const pay = async (payments: Payments = world.fixture.payments): Promise<Answer> => {
  const sides = { sourceId: acc(tenant.accountId), destinationExternalAccountId: place, rail: 'WIRE' };
  const input = { ...sides, amount: '1', asset: 'USD' };
  return (await mutate(payments, tenant.viewer, 'createTransaction', input)).result;
};

/** Begins a tx that does `work` and stays open until it is told to end. */
function hold(database: Database, work: Parameters<Database['write']>[0]) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const done = database.write(async (tx) => {
    await work(tx);
    isHeld();
    await ended;
  });
  return { held, end, done };
}

test('a payment waits for a closing that has begun, and is refused by it', async () => {
  const closing = hold(accounts, async (tx) => {
    await lockExternalAccounts(tx, [uuid]);
    await tx.manager.query(`update bank.external_account set status = 'CLOSED' where id = $1`, [uuid]);
  });
  await closing.held;
  const paying = pay();
  expect(await Promise.race([paying, sleep(WAIT_MS, 'waits')])).toBe('waits');
  closing.end();
  await closing.done;
  expect(await paying).toMatchObject({ code: 'EXTERNAL_ACCOUNT_NOT_USABLE' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('a closing waits for a payment that has begun', async () => {
  const paying = hold(writes, (tx) => lockPayableAccounts(tx, [uuid]));
  await paying.held;
  const closing = setPlaceStatus(world, uuid, 'CLOSED').then(() => 'closed');
  expect(await Promise.race([closing, sleep(WAIT_MS, 'waits')])).toBe('waits');
  // Other payments do not wait for one another.
  const [row] = await world.fixture.rows('select status from bank.external_account where id = $1', [uuid]);
  expect(row).toEqual({ status: 'VERIFIED' });
  paying.end();
  await paying.done;
  expect(await closing).toBe('closed');
});

test('payments hold a place open without right to change it', async () => {
  const change = writes.write((tx) =>
    tx.manager.query('update bank.external_account set version = version + 1 where id = $1', [uuid]),
  );
  await expect(change).rejects.toThrow('row-level security');
  const status = writes.write((tx) =>
    tx.manager.query(`update bank.external_account set status = 'VERIFIED' where id = $1`, [uuid]),
  );
  await expect(status).rejects.toThrow('row-level security');
});

test('in a storm each payment is made before the closing or refused after it, and nothing else is held', async () => {
  const paying = Array.from({ length: PAYMENTS }, async (_, index) => {
    await sleep(index * 3);
    return pay(index % 2 === 0 ? world.fixture.payments : others);
  });
  await sleep(PAYMENTS);
  await setPlaceStatus(world, uuid, 'CLOSED');
  const late = await pay(others);
  const answers = await Promise.all(paying);
  expect(late.code).toBe('EXTERNAL_ACCOUNT_NOT_USABLE');
  const made = answers.filter(({ __typename }) => __typename === 'Transaction');
  const refused = answers.filter(({ code }) => code === 'EXTERNAL_ACCOUNT_NOT_USABLE');
  expect(made.length + refused.length).toBe(PAYMENTS);
  expect(made.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  const [row] = await world.fixture.rows<{ held: string; orders: string; late: string }>(
    `select (select debits_pending::text from ledger.account where id = $1) as held,
            (select count(*)::text from bank.order where account_id = $1) as orders,
            (select count(*)::text from payments.transaction
              where source_account_id = $1 and created_at > place.updated_at) as late
       from bank.external_account place where place.id = $2`,
    [tenant.accountId, uuid],
  );
  expect(row).toEqual({ held: String(made.length * 100), orders: String(made.length), late: '0' });
});

test('an item of a batch whose place is closed before its turn fails by itself', async () => {
  const payer = { ...tenant, source: tenant.accountId, payees: [] };
  const open = await addPlace(world, tenant);
  const batch = await handIn(world.fixture, payer, [
    { destinationExternalAccountId: place, rail: 'WIRE', amount: '1' },
    { destinationExternalAccountId: open, rail: 'WIRE', amount: '1' },
  ]);
  await setPlaceStatus(world, uuid, 'CLOSED');
  await payAll(world.fixture);
  const { items } = await readBatch(
    world.fixture,
    payer,
    batch.id,
    `items(first: 9) { edges { node { ${ITEM} } } }`,
  );
  expect(items.edges.map(({ node }: Answer) => `${node.status} ${node.failure?.code}`)).toEqual([
    'FAILED EXTERNAL_ACCOUNT_NOT_USABLE',
    'PROCESSING undefined',
  ]);
});

test('whoever settles what a bank sent back does not wait for whoever holds its quote', async () => {
  const { payments, rows } = world.fixture;
  const priced = await quoted(payments, tenant.viewer, {
    sourceId: acc(tenant.accountId),
    ...{ destinationExternalAccountId: place, rail: 'ACH' },
    ...{ amount: '10', fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'USD' },
  });
  const paid = await mutateQuote(payments, tenant.viewer, 'acceptQuote', { quoteId: priced.id });
  await rows(
    `update bank.order set state = 'RETURNED', settled_at = now(), reason_code = 'R03', version = version + 1
      where id = $1`,
    [parseId('txn', paid.id)],
  );
  const accepting = hold(writes, async (tx) => {
    await tx.manager.query('select 1 from payments.quote where id = $1 for no key update', [
      parseId('quo', priced.id),
    ]);
  });
  await accepting.held;
  const logger = createLogger({ level: 'silent', name: 'test' });
  const settler = await openDatabase({
    url: world.settings.databaseUrl,
    role: 'omsx_payments_writer',
    poolMax: 1,
  });
  await settleBankRound({ database: settler, lane: payments.lane, logger }, new Map());
  accepting.end();
  await accepting.done;
  await settler.close();
  expect((await world.read(tenant, paid.id)).status).toBe('RETURNED');
});
