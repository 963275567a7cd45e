import { acc } from '../payments/fixture.ts';
import { openWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(async () => {
  await world.expectSound();
  await world.close();
});

test('a cash-in answers with its code, is paid at the counter, and credits the account less the fee', async () => {
  const tenant = await world.addTenant();
  const made = await world.cashIn(tenant, { externalId: 'till 7' });
  expect(made).toMatchObject({ status: 'OPEN', amount: { amount: '100.00' }, net: { amount: '98.50' } });
  expect(made.code).toMatch(/^\d{12}$/);
  expect(made.codeMask).toBe(`****${made.code.slice(-4)}`);
  expect(made.fees).toEqual([{ amount: { amount: '1.50' }, percent: '0.5' }]);
  expect(await world.pay(tenant, made.id)).toMatchObject({ __typename: 'SandboxDone' });
  const paid = await world.untilCashIn(tenant, made.id, 'PAID');
  expect(paid).toMatchObject({
    ...{ code: null, codeMask: null, account: { id: acc(tenant.customerAccountId) } },
    transaction: { status: 'COMPLETED', cashIn: { id: made.id }, source: { rail: 'CASH' } },
  });
  expect(await world.balance(tenant, 'CUSTOMER')).toBe('9850');
  expect(await world.balance(tenant, 'FEES')).toBe('150');
  expect(await world.balance(tenant, 'CLEARING')).toBe('-10000');
});
