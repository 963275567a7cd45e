import { createFixedScreening } from '../../../rails/screening/listScreening.ts';
import type { ScreeningProvider } from '../../../rails/screening/provider.ts';
import { SANDBOX_ENTRIES } from '../../../rails/screening/sandboxEntries.ts';
import type { Answer } from '../fixture.ts';
import { openWorld, type Tenant, type World } from '../onchainWorld.ts';
import { decide, openReviews, plainOf } from './reviews.ts';

const LISTED = '0xbad0000000000000000000000000000000000bad';
const list = createFixedScreening('list-1', SANDBOX_ENTRIES);
let screen: ScreeningProvider['screen'] = list.screen;

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld({ screening: { screen: (subject) => screen(subject) } });
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  screen = list.screen;
});
afterEach(() => world.expectSound());

const wallet = () => world.balance(tenant.organizationId, 'CUSTOMER');
const suspense = () => world.balance(tenant.organizationId, 'SUSPENSE');
const reviews = () => openReviews(world.fixture.payments, tenant.viewer);
const finalize = (id: Parameters<World['change']>[1]) => world.change('deposit', id, `state = 'FINAL'`);
const kinds = ({ events }: Answer) => events.map(({ kind }: { kind: string }) => kind);

async function read(
  depositId: Parameters<World['change']>[1],
  viewer = plainOf(tenant.organizationId),
): Promise<Answer> {
  const id = await world.transactionOf(depositId);
  return id === null ? null : await world.timeline(viewer, id);
}

async function heldDeposit(): Promise<Parameters<World['change']>[1]> {
  const deposit = await world.deposit(tenant, { from: LISTED });
  await world.settle();
  await finalize(deposit);
  await world.settle();
  return deposit;
}

test('a deposit from nobody who is listed is credited, and that somebody looked is kept', async () => {
  const deposit = await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  expect(await wallet()).toBe('5000000');
  expect(await reviews()).toEqual([]);
  const kept = await world.fixture.rows(
    'select outcome, subject from payments.screening where subject_id = $1',
    [deposit],
  );
  expect(kept).toEqual([{ outcome: 'CLEAR', subject: 'DEPOSIT' }]);
});

test('a deposit from a listed address is held when it is final, and looks as if it were not', async () => {
  const slow = await world.deposit(tenant);
  const deposit = await world.deposit(tenant, { from: LISTED });
  await world.settle();
  expect(await reviews()).toEqual([]);
  await finalize(deposit);
  for (let round = 0; round < 3; round++) await world.settle();
  expect(await wallet()).toBe('0 and 10000000');
  expect(await reviews()).toMatchObject([
    {
      subject: 'DEPOSIT',
      arrivalId: deposit,
      reasons: ['SCREENING'],
      listVersion: 'list-1',
      matches: [{ entry: 'sandbox-3' }],
    },
  ]);
  const without = (one: Answer) =>
    JSON.stringify(one).replace(
      /"(id|transactionHash|chainTransactionId|occurredAt|createdAt|updatedAt|address)":"[^"]*"/g,
      '',
    );
  const [seen, waiting] = [await read(deposit), await read(slow)];
  expect(seen.status).toBe('PROCESSING');
  expect(without(seen)).toBe(without(waiting));
});

test('released, it is credited; once', async () => {
  const deposit = await heldDeposit();
  const [review] = await reviews();
  expect(await decide(world.fixture.payments, tenant.viewer, review.id, 'RELEASE')).toMatchObject({
    status: 'RELEASED',
  });
  await Promise.all([world.settle(), world.settle()]);
  expect(await wallet()).toBe('5000000');
  expect(kinds(await read(deposit))).toEqual(['CREATED', 'INCLUDED', 'COMPLETED']);
  expect(await reviews()).toEqual([]);
});

test('refused, it is kept in suspense, and the customer has nothing of it', async () => {
  const deposit = await heldDeposit();
  const [review] = await reviews();
  await decide(world.fixture.payments, tenant.viewer, review.id, 'REFUSE');
  for (let round = 0; round < 2; round++) await world.settle();
  expect(await wallet()).toBe('0');
  expect(await suspense()).toBe('5000000');
  expect(await read(deposit)).toMatchObject({ status: 'FAILED' });
  expect(JSON.stringify(await read(deposit))).not.toMatch(/screen|review|sandbox-3/i);
});

test('one that was never seen before it was final is held as well, and released later', async () => {
  const deposit = await world.deposit(tenant, { from: LISTED, state: 'FINAL' });
  await world.settle();
  expect(await wallet()).toBe('0 and 5000000');
  const [review] = await reviews();
  await decide(world.fixture.payments, tenant.viewer, review.id, 'RELEASE');
  await world.settle();
  expect(await wallet()).toBe('5000000');
  expect(kinds(await read(deposit))).toEqual(['CREATED', 'INCLUDED', 'COMPLETED']);
});

test('where screening has no answer the deposit is held, too', async () => {
  screen = () => Promise.reject(new Error('the list is gone'));
  await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  expect(await wallet()).toBe('0 and 5000000');
  expect(await reviews()).toMatchObject([{ listVersion: 'unavailable', matches: [] }]);
});

test('settled by many at once it is put before those who review once', async () => {
  await world.deposit(tenant, { from: LISTED, state: 'FINAL' });
  await Promise.all(Array.from({ length: 5 }, () => world.settle()));
  expect(await reviews()).toHaveLength(1);
});

test('gas and what is in suspense anyway are not asked about, and are held for nobody', async () => {
  await world.deposit(tenant, { from: LISTED, state: 'FINAL', credits: 'SUSPENSE' });
  await world.settle();
  expect(await suspense()).toBe('5000000');
  expect(await reviews()).toEqual([]);
});

test('another organization sees nothing of it and decides nothing', async () => {
  await heldDeposit();
  const other = await world.addTenant();
  const [review] = await reviews();
  expect(await openReviews(world.fixture.payments, other.viewer)).toEqual([]);
  expect(await decide(world.fixture.payments, other.viewer, review.id, 'RELEASE')).toMatchObject({
    code: 'NOT_FOUND',
  });
  await world.settle();
  expect(await wallet()).toBe('0 and 5000000');
});
