import { parseId } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { type Answer, clientOf, keyOf, run } from '../payments/fixture.ts';
import { setPolicy } from '../payments/gates/world.ts';
import { ACH } from './asks.ts';
import { openWorld, type Tenant, type World } from './world.ts';

const DAY_MS = 86_400_000;
const WINDOW = { from: new Date(Date.now() - DAY_MS), before: new Date(Date.now() + DAY_MS) };
const QUERY = `query ($from: DateTime!, $before: DateTime!) { railPerformance(from: $from, before: $before) {
  rail adapter submitted settled failed canceled returned underWay settleSecondsP50 settleSecondsP95 isPartial } }`;

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
  tenant = await world.addTenant();
});
afterAll(() => world.close());

const asked = (viewer: Viewer, { from, before } = WINDOW) =>
  run(world.fixture.payments, viewer, QUERY, { from: from.toISOString(), before: before.toISOString() });

async function told(viewer: Viewer, window = WINDOW): Promise<readonly Answer[]> {
  const { data, errors } = await asked(viewer, window);
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data)).railPerformance;
}

/** As if it had settled so long after it was handed over. */
async function settledAfter(id: string, seconds: number): Promise<void> {
  await world.fixture.rows(
    `update payments.transaction paid set completed_at = event.occurred_at + make_interval(secs => $2)
       from payments.transaction_event event
      where paid.id = $1 and event.transaction_id = paid.id and event.kind = 'SUBMITTED'`,
    [parseId('txn', id), seconds],
  );
}

test('each rail is told of by what it was handed in the window, and by how long what arrived took', async () => {
  const pay = async (outcome: string, kind: string, more: object = {}) => {
    const { id } = await world.pay(tenant, '1.00', { reference: `sim:${outcome}`, ...more });
    await world.until(tenant, id, kind);
    return id;
  };
  const bank = { destinationBankAccount: ACH };
  for (const seconds of [1, 10, 100]) await settledAfter(await pay('SETTLE', 'COMPLETED', bank), seconds);
  await pay('REJECT', 'FAILED', bank);
  await pay('RETURN', 'RETURNED', bank).then((id) => settledAfter(id, 1_000));
  await pay('ACCEPT_ONLY', 'ACKNOWLEDGED', bank);
  await settledAfter(await pay('SETTLE', 'COMPLETED'), 7);
  // What waits for an approval was handed to nobody.
  await setPolicy(world.fixture.payments, tenant.viewer, [{ approvals: 1 }]);
  expect(await world.pay(tenant, '1.00', bank)).toMatchObject({ status: 'AWAITING_ACTION' });
  expect(await told(tenant.viewer)).toEqual([
    {
      ...{ rail: 'ACH', adapter: 'SIMULATOR', submitted: 6, settled: 3, failed: 1, canceled: 0, returned: 1 },
      ...{ underWay: 1, settleSecondsP50: 10, settleSecondsP95: 1_000, isPartial: false },
    },
    {
      ...{
        rail: 'WIRE',
        adapter: 'SIMULATOR',
        submitted: 1,
        settled: 1,
        failed: 0,
        canceled: 0,
        returned: 0,
      },
      ...{ underWay: 0, settleSecondsP50: 7, settleSecondsP95: 7, isPartial: false },
    },
  ]);
  const earlier = { from: new Date(Date.now() - 3 * DAY_MS), before: new Date(Date.now() - 2 * DAY_MS) };
  expect(await told(tenant.viewer, earlier)).toEqual([]);
});

test('it is told to keys of the organization that may read transactions, and for a window of its length', async () => {
  const spy = await world.addTenant();
  expect(await told(spy.viewer)).toEqual([]);
  const customerId = await world.fixture.addCustomer(tenant.organizationId);
  const others = [
    clientOf(tenant.organizationId, customerId),
    keyOf(tenant.organizationId, ['accounts:read']),
  ];
  for (const viewer of others) {
    expect((await asked(viewer)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  const { from } = WINDOW;
  for (const before of [from, new Date(from.getTime() + 31 * DAY_MS + 1)]) {
    const { errors } = await asked(tenant.viewer, { from, before });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toContain(before.toISOString());
  }
  expect(await told(tenant.viewer, { from, before: new Date(from.getTime() + 31 * DAY_MS) })).not.toEqual([]);
});
