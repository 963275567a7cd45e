import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parseId } from '../../platform/id.ts';
import { type Answer, acc, mutate, newKey } from '../payments/fixture.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { addPlace } from './places.ts';
import { openWorld, type Tenant, type World } from './world.ts';

/**
 * Goal: an acceptance that leads to a bank, and a payment to an external account, happen once and whole wherever the tx is
 * cut. Method: each table that it writes or locks is locked away, and whoever waits for it is killed.
 */
const RECOVERY_POINTS = [
  'payments.quote',
  'ledger.account',
  'bank.external_account',
  'ledger.transfer',
  'payments.transaction',
  'payments.transaction_event',
  'bank.order',
  'platform.outbox',
  'platform.idempotency',
];

let world: World;
let tenant: Tenant;
let place: string;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  place = await addPlace(world, tenant);
});
afterEach(() => world.expectSound());

async function killWhoeverWaits(root: pg.Client): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { rowCount } = await root.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
    );
    if (rowCount) return;
    await sleep(10);
  }
  throw new Error('nobody came to wait');
}

/** Does `work`, whose first attempt dies before it has `table`. */
async function killedBefore(table: string, work: () => Promise<Answer>): Promise<Answer> {
  const root = new pg.Client({ connectionString: world.fixture.url });
  await root.connect();
  try {
    await root.query('begin');
    await root.query(`lock table ${table} in exclusive mode`);
    const answering = work();
    await killWhoeverWaits(root);
    await root.query('rollback');
    return await answering;
  } finally {
    await root.end();
  }
}

async function expectOnce(id: string): Promise<void> {
  const { rows } = world.fixture;
  const [counted] = await rows<Answer>(
    `select (select count(*)::int from payments.transaction where organization_id = $1) as transactions,
            (select count(*)::int from bank.order where organization_id = $1) as orders,
            (select debits_pending::text from ledger.account where id = $2) as held`,
    [tenant.organizationId, tenant.accountId],
  );
  expect(counted).toEqual({ transactions: 1, orders: 1, held: '1000' });
  expect(await world.order(id)).toMatchObject({ state: 'QUEUED', organization_id: tenant.organizationId });
}

test.each(RECOVERY_POINTS)(
  'killed before it has %s, an acceptance happens once all the same',
  async (table) => {
    const { payments } = world.fixture;
    const priced = await quoted(payments, tenant.viewer, {
      sourceId: acc(tenant.accountId),
      ...{ destinationExternalAccountId: place, rail: 'ACH' },
      ...{ amount: '10', fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'USD' },
    });
    const input = { idempotencyKey: newKey(), quoteId: priced.id };
    const accept = () => mutateQuote(payments, tenant.viewer, 'acceptQuote', input);
    const paid = await killedBefore(table, accept);
    expect(paid).toMatchObject({ __typename: 'Transaction', status: 'PROCESSING' });
    expect(await accept()).toMatchObject({ id: paid.id, replayed: true });
    await expectOnce(paid.id);
    const [row] = await world.fixture.rows('select status, sealed from payments.quote where id = $1', [
      parseId('quo', priced.id),
    ]);
    expect(row).toEqual({ status: 'ACCEPTED', sealed: null });
  },
);

test.each(RECOVERY_POINTS.filter((table) => table !== 'payments.quote'))(
  'killed before it has %s, a payment to an external account happens once all the same',
  async (table) => {
    const sides = { sourceId: acc(tenant.accountId), destinationExternalAccountId: place, rail: 'ACH' };
    const input = { idempotencyKey: newKey(), ...sides, amount: '10', asset: 'USD' };
    const pay = () => mutate(world.fixture.payments, tenant.viewer, 'createTransaction', input);
    const { result } = await killedBefore(table, pay);
    expect(result).toMatchObject({ __typename: 'Transaction', status: 'PROCESSING' });
    expect(await pay()).toMatchObject({ replayed: true, result: { id: result.id } });
    await expectOnce(result.id);
  },
);
