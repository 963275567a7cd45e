import { newUuid } from '../../platform/id.ts';
import { controlSimulator } from '../../rails/bank/simulator/client.ts';
import { openWorld, SECRET, type Tenant, type World } from '../bank/world.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});

const control = (path: '/control/line' | '/control/line-fault', body: object) =>
  controlSimulator({ url: `http://127.0.0.1:${world.settings.simulatorPort}`, secret: SECRET }, path, {
    key: newUuid(),
    customer: tenant.organizationId,
    ...body,
  });

const rowsOf = (table: string): Promise<readonly Answer[]> =>
  world.fixture.rows(`select * from bank.${table} where organization_id = $1 order by id`, [
    tenant.organizationId,
  ]);

async function deposit(amount: string, reference: string): Promise<void> {
  const input = { idempotencyKey: newKey(), rail: 'WIRE', amount, reference };
  const query =
    'mutation ($input: SimulateBankDepositInput!) { simulateBankDeposit(input: $input) { __typename } }';
  await ask(world.fixture.payments, tenant.viewer, query, { input });
}

test('what bank and books agree on moves from CLEARING to OMNIBUS, and is no item', async () => {
  const paid = await world.pay(tenant, '10.00');
  await deposit('25.00', acc(tenant.accountId));
  await world.until(tenant, paid.id, 'COMPLETED');
  await world.eventually(
    () => rowsOf('statement_line'),
    (lines) =>
      lines.length === 2 &&
      lines.every(
        ({ state, version, settled_version }) => state === 'MATCHED' && version === settled_version,
      ),
  );
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  expect(await rowsOf('reconciliation_item')).toEqual([]);
  await world.expectSound();
});

test.each([
  ['OMIT', {}, 'MISSING_THEIRS'],
  ['DUPLICATE', {}, 'DUPLICATE'],
  ['AMOUNT', { byMinor: '-25' }, 'AMOUNT_DIFFERS'],
] as const)('%s of the bank is one item, and nothing else is', async (fault, more, kind) => {
  await control('/control/line-fault', { fault, ...more });
  const paid = await world.pay(tenant, '10.00');
  await world.until(tenant, paid.id, 'COMPLETED');
  const items = await world.eventually(
    () => rowsOf('reconciliation_item'),
    (found) => found.length > 0,
  );
  expect(items.map((item) => item.kind)).toEqual([kind]);
  await world.expectSound();
});

test('what a bank did on its own is missing in our books', async () => {
  await control('/control/line', { asset: 'USD', amountMinor: '-150', text: 'Monthly fee' });
  const [item] = await world.eventually(
    () => rowsOf('reconciliation_item'),
    (found) => found.length > 0,
  );
  expect(item).toMatchObject({ kind: 'MISSING_OURS', amount: '-150', version: 1 });
});
