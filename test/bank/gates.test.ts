import { parseId, type Uuid } from '../../platform/id.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { readPayout } from '../../subgraphs/payments/commands/readPayout.ts';
import { acc, newKey } from '../payments/fixture.ts';
import { assetsOf, decideOn, SUSPICIOUS, shapeOf, submitScreened } from '../payments/gates/reviewing.ts';
import { decide, endWaits, keyFor, setExpiry, setPolicy } from '../payments/gates/world.ts';
import { ACH, WIRE } from './asks.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

/** Nobody takes orders here, so that a payout that its bank was told of stays slow. */
let world: World;
let tenant: Tenant;
let maker: Viewer;
let checker: Viewer;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  maker = keyFor(tenant.organizationId, ['transactions:*', 'accounts:*']);
  checker = keyFor(tenant.organizationId);
});
afterEach(() => world.expectSound());

const as = (viewer: Viewer): Tenant => ({ ...tenant, viewer });
const setRules = (rules: readonly object[]) => setPolicy(world.fixture.payments, checker, rules);
const hasOrder = async (id: string): Promise<boolean> => (await world.order(id)) !== undefined;

async function payScreened(amount: string): Promise<string> {
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  const request = {
    ...{ idempotencyKey: newKey(), sourceId: acc(tenant.accountId), amount, asset: 'USD', reference: 'rent' },
    destinationBankAccount: { ...WIRE, rail: 'WIRE' as const },
  };
  const bank = { adapter: SIMULATOR, vault };
  const command = await readPayout(tenant.organizationId, request, await assetsOf(world.fixture), bank);
  if ('__typename' in command) throw new Error(command.message);
  return submitScreened(world.fixture, { ...command, requestedBy: maker.subjectId, screening: SUSPICIOUS });
}

test('a payout under review shows what a slow one shows, and its bank is told when it is released', async () => {
  const slow = await world.pay(as(maker), '10.00', { reference: 'rent' });
  const id = await payScreened('10.00');
  const reviewed = await world.read(as(maker), id);
  expect(shapeOf(reviewed)).toBe(shapeOf({ ...(await world.read(as(maker), slow.id)) }));
  expect(reviewed.destination).toMatchObject({ bankAccount: '****6789', reference: 'rent' });
  expect(await hasOrder(id)).toBe(false);
  await decideOn(world.fixture, checker, id, 'RELEASE');
  expect(await world.order(id)).toMatchObject({ state: 'QUEUED', amount: '1000', reference: 'rent' });
  expect(shapeOf(await world.read(as(maker), id))).toBe(shapeOf(await world.read(as(maker), slow.id)));
});

test('approved and then released it is expected when it was said to be', async () => {
  await setRules([{ approvals: 1 }]);
  const id = await payScreened('10.00');
  await decide(world.fixture.payments, checker, 'approveTransaction', id);
  const told = await world.read(as(maker), id);
  expect(told).toMatchObject({ status: 'PROCESSING', expectedBy: told.events.at(-1).expectedBy });
  expect(kindsOf(told)).toEqual(['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'SUBMITTED']);
  expect(await hasOrder(id)).toBe(false);
  await decideOn(world.fixture, checker, id, 'RELEASE');
  expect(await world.read(as(maker), id)).toEqual(told);
  expect(await hasOrder(id)).toBe(true);
});

test('called off under review it ends at once and in the words of a slow one', async () => {
  const slow = await world.pay(as(maker), '10.00', { reference: 'rent' });
  const id = await payScreened('10.00');
  for (const one of [slow.id, id]) await world.change(as(maker), 'cancelTransaction', one);
  const [a, b] = [await world.read(as(maker), slow.id), await world.read(as(maker), id)];
  expect(shapeOf(b)).toBe(shapeOf(a));
  expect(b.status).toBe('CANCELED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('a payout waits for approval before its bank knows of it; the account stays sealed meanwhile', async () => {
  await setRules([{ rails: ['ACH'], approvals: 1 }]);
  expect(await world.pay(as(maker), '1.00')).toMatchObject({ status: 'PROCESSING' });
  const waiting = await world.pay(as(maker), '10.00', { destinationBankAccount: ACH });
  expect(waiting).toMatchObject({ status: 'AWAITING_ACTION', destination: { bankAccount: '****6789' } });
  expect(await hasOrder(waiting.id)).toBe(false);
  expect(await world.everything()).not.toContain('000123456789');
  await decide(world.fixture.payments, checker, 'approveTransaction', waiting.id);
  const done = await world.read(as(maker), waiting.id);
  expect(kindsOf(done)).toEqual(['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'SUBMITTED']);
  expect(await world.order(waiting.id)).toMatchObject({ state: 'QUEUED' });
  expect(done.expectedBy).toBe(done.events.at(-1).expectedBy);
});

test('who was never paid asks for approval, on whatever rail and under whatever name', async () => {
  await setRules([{ newCounterparty: true, approvals: 1 }]);
  const first = await world.pay(as(maker), '1.00');
  expect(first).toMatchObject({ status: 'AWAITING_ACTION' });
  await decide(world.fixture.payments, checker, 'approveTransaction', first.id);
  // Told to the bank is not paid.
  expect(await world.pay(as(maker), '1.00')).toMatchObject({ status: 'AWAITING_ACTION' });
  await world.fixture.rows(
    `update payments.transaction set status = 'COMPLETED', completed_at = now() where id = $1`,
    [parseId('txn', first.id)],
  );
  const again = { ...ACH, accountHolderName: 'A. Example' };
  expect(await world.pay(as(maker), '1.00', { destinationBankAccount: again })).toMatchObject({
    status: 'PROCESSING',
  });
  const other = { ...WIRE, accountNumber: '000123456780' };
  expect(await world.pay(as(maker), '1.00', { destinationBankAccount: other })).toMatchObject({
    status: 'AWAITING_ACTION',
  });
  await world.fixture.rows(
    `update payments.transaction set status = 'PROCESSING', completed_at = null where id = $1`,
    [parseId('txn', first.id)],
  );
});

test('what nobody approved in time was never ordered', async () => {
  await setRules([{ approvals: 1 }]);
  const { id } = await world.pay(as(maker), '10.00');
  await setExpiry(world.fixture, parseId('txn', id) as Uuid, 0);
  await endWaits(world.fixture);
  expect(await world.read(as(maker), id)).toMatchObject({ status: 'CANCELED' });
  expect(await hasOrder(id)).toBe(false);
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});
