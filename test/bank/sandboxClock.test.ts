import { ask } from '../payments/fixture.ts';
import { ACH } from './asks.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

const DAY_MS = 86_400_000;

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
  tenant = await world.addTenant();
});
afterAll(() => world.close());

async function advance(to: string | Date): Promise<void> {
  const document = 'mutation ($to: DateTime!) { advanceSandboxClock(input: { to: $to }) { __typename } }';
  const variables = { to: new Date(to).toISOString() };
  const { advanceSandboxClock } = await ask(world.fixture.payments, tenant.viewer, document, variables);
  expect(advanceSandboxClock.__typename).toBe('SandboxClock');
}

test('a return window closes when the sandbox clock passes its end, and orders go on as before', async () => {
  const paid = await world.pay(tenant, '10.00', { destinationBankAccount: ACH });
  const settled = await world.until(tenant, paid.id, 'COMPLETED');
  expect(settled).toMatchObject({ finality: 'PROVISIONAL' });
  await advance(new Date(Date.parse(settled.reversibleUntil) + DAY_MS));
  await world.eventually(
    () => world.read(tenant, paid.id),
    ({ finality }) => finality === 'FINAL',
  );
  expect(kindsOf(await world.read(tenant, paid.id)).at(-1)).toBe('FINALIZED');
  const later = await world.pay(tenant, '10.00', { destinationBankAccount: ACH });
  expect(Date.parse(later.expectedBy)).toBeGreaterThan(Date.parse(settled.reversibleUntil) + DAY_MS);
  await world.until(tenant, later.id, 'COMPLETED');
  await world.expectSound();
});
