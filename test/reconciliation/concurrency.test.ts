import { newUuid } from '../../platform/id.ts';
import { openWorld, type Tenant, type World } from '../bank/world.ts';
import type { Answer } from '../payments/fixture.ts';
import { createReconciliationAsks, isInBooks, type ReconciliationAsks } from './asks.ts';
import { openRounds, type Rounds } from './bare.ts';
import { fileLine, fileOf, plantReceipt } from './files.ts';

jest.setTimeout(60_000);

let world: World;
let asks: ReconciliationAsks;
let rounds: Rounds;
let more: Rounds;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld({ isBare: true, reconciles: true });
  asks = createReconciliationAsks(world);
  [rounds, more] = [await openRounds(world), await openRounds(world)];
});
afterAll(async () => {
  await Promise.all([rounds.close(), more.close()]);
  await world.close();
});
beforeEach(async () => {
  tenant = await world.addTenant();
});

test('of many who compare, post and hand in at once each line is matched, posted and told of once', async () => {
  const ids = Array.from({ length: 40 }, () => newUuid());
  for (const providerId of ids) await plantReceipt(world, tenant, { providerId, amountMinor: 100n });
  await rounds.settle();
  const lines = ids.map((id, at) => fileLine(`l${at}`, 100n, { endToEndId: id.replaceAll('-', '') }));
  const unknown = Array.from({ length: 10 }, (_, at) => fileLine(`u${at}`, 3n));
  const file = fileOf('s', 0n, [...lines, ...unknown]);
  const [taken, ...others] = await Promise.all([
    ...[1, 2, 3].map(() => asks.importFile(tenant, file)),
    ...[rounds, more].flatMap((one) => [one.compare(), one.settle(), one.compare(), one.settle()]),
  ]);
  expect([taken, ...others].filter((one) => one?.statements === 1)).toHaveLength(1);
  await Promise.all([rounds, more, rounds, more].flatMap((one) => [one.compare(), one.settle()]));
  await rounds.work();
  const stored = await asks.lines(tenant);
  expect(stored.filter(isInBooks)).toHaveLength(40);
  expect(await asks.items(tenant)).toHaveLength(10);
  expect(await asks.events(tenant)).toHaveLength(10);
  expect((await asks.balances(tenant))[0]).toMatchObject({
    ours: { amount: '40.00' },
    missing: { amount: '0.00' },
  });
  await world.expectSound();
});

test('of many who decide about one item, while it is compared again, one does', async () => {
  await asks.importFile(tenant, fileOf('s', 0n, [fileLine('a', -40n), fileLine('b', -2n)]));
  await rounds.work();
  const items = await asks.items(tenant);
  const actions = ['ACCEPT_AS_FEE', 'BOOK_TO_SUSPENSE', 'IGNORE'] as const;
  const decided = await Promise.all([
    ...items.flatMap(({ id }) =>
      Array.from({ length: 12 }, (_, at) =>
        asks.resolve(tenant, id, actions[at % 3] ?? 'IGNORE', { reason: 'so it is' }),
      ),
    ),
    rounds.compare(),
    more.compare(),
    rounds.settle(),
  ]);
  const won = decided.filter((one: Answer) => one?.__typename === 'ReconciliationItem');
  expect(won).toHaveLength(2);
  const told = await asks.events(tenant);
  expect(told.filter(({ type }) => type === 'ReconciliationItemClosed')).toHaveLength(2);
  await world.expectSound();
});

test('a decision that is sent again answers the same and posts nothing more', async () => {
  await asks.importFile(tenant, fileOf('s', 0n, [fileLine('a', -40n)]));
  await rounds.work();
  const [{ id }] = (await asks.items(tenant)) as readonly Answer[] as [Answer];
  const key = { idempotencyKey: 'decide-once' };
  const first = await asks.resolve(tenant, id, 'ACCEPT_AS_FEE', key);
  expect(first).toMatchObject({ __typename: 'ReconciliationItem', resolution: 'FEE' });
  expect(await asks.resolve(tenant, id, 'ACCEPT_AS_FEE', key)).toEqual(first);
  expect((await asks.resolve(tenant, id, 'BOOK_TO_SUSPENSE', key)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await world.balance(tenant, 'FEES')).toBe('-40');
});
