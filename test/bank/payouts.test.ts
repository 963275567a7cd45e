import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(() => world.expectSound());

test('a wire is held, acknowledged and settled, and is final', async () => {
  const paid = await world.pay(tenant, '10.00', { reference: 'invoice 7' });
  expect(paid).toMatchObject({
    type: 'FIAT_TO_FIAT',
    status: 'PROCESSING',
    finality: 'PROVISIONAL',
    destination: { rail: 'WIRE', bankAccount: '****6789', reference: 'invoice 7' },
  });
  expect(paid.expectedBy).not.toBeNull();
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED']);
  expect(done).toMatchObject({ status: 'COMPLETED', finality: 'FINAL', reversibleUntil: null, expectedBy: null });
  expect(done.events.at(-1).terminal).toBe(true);
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
  expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
});
