import { newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres.ts';
import { ClockAheadError } from '../../platform/sandboxClock.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { createPayments } from '../../subgraphs/payments/main.ts';
import { expireDue, HOLDS, QUOTES } from '../../subgraphs/payments/workers/expire.ts';
import { type ExpiryWorld, openExpiryWorld } from './expiryWorld.ts';
import {
  type Answer,
  acc,
  ask,
  type Fixture,
  keyOf,
  mutate,
  newKey,
  openFixture,
  run,
  succeed,
} from './fixture.ts';
import { mutateQuote, quoted } from './quotes/fixture.ts';

const DAY_MS = 86_400_000;

let world: ExpiryWorld;
let fixture: Fixture;
let writes: Database;
let viewer: Viewer;
let source: Uuid;
let destination: Uuid;

beforeAll(async () => {
  world = await openExpiryWorld();
  ({ fixture, writes } = world);
});
afterAll(() => world.close());
beforeEach(async () => {
  ({ viewer, source, destination } = await world.addPair());
});

async function readClock(): Promise<{ readonly nowMs: number; readonly aheadMs: number }> {
  const { sandboxClock } = await ask(fixture.payments, viewer, '{ sandboxClock { now realNow } }');
  const nowMs = Date.parse(sandboxClock.now);
  return { nowMs, aheadMs: nowMs - Date.parse(sandboxClock.realNow) };
}

async function advance(to: Date | string, as = viewer): Promise<Answer> {
  const document = `mutation ($to: DateTime!) { result: advanceSandboxClock(input: { to: $to }) { __typename
    ... on SandboxClock { now } ... on InvalidInput { field value } ... on SandboxOnly { code } } }`;
  const { data, errors } = await run(fixture.payments, as, document, { to: new Date(to).toISOString() });
  return data ? JSON.parse(JSON.stringify(data)).result : errors;
}

const later = async (ms: number): Promise<Date> => new Date((await readClock()).nowMs + ms);

const pay = (input: object = {}): Promise<Answer> =>
  succeed(fixture.payments, viewer, 'createTransaction', {
    ...{ sourceId: acc(source), destinationId: acc(destination), amount: '10', asset: 'USD', ...input },
  });

test('the clock moves to an instant, once however often it is asked, and never back', async () => {
  const to = await later(DAY_MS);
  const answers = await Promise.all(Array.from({ length: 10 }, () => advance(to)));
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['SandboxClock']));
  const { nowMs } = await readClock();
  expect(nowMs).toBeGreaterThanOrEqual(to.getTime());
  expect(nowMs).toBeLessThan(to.getTime() + DAY_MS);
  await advance('2020-01-01T00:00:00Z');
  expect((await readClock()).nowMs).toBeGreaterThanOrEqual(nowMs);
  await expect(fixture.rows('update platform.sandbox_clock set ahead_ms = ahead_ms - 1')).rejects.toThrow(
    'does not go back',
  );
});

test('more than ten years ahead is refused, and who may not change the organization moves nothing', async () => {
  expect(await advance(new Date(Date.now() + 3_660 * DAY_MS))).toMatchObject({
    __typename: 'InvalidInput',
    field: 'to',
  });
  const before = await readClock();
  const refused = await advance(await later(DAY_MS), keyOf(newUuid(), ['transactions:write']));
  expect(refused[0].extensions.code).toBe('FORBIDDEN');
  expect(Math.abs((await readClock()).aheadMs - before.aheadMs)).toBeLessThan(1);
});

test('what is held runs out when the clock passes its end', async () => {
  const held = await pay({ captureMethod: 'MANUAL', holdSeconds: 3_600 });
  await expireDue(HOLDS, writes, fixture.payments.lane);
  await advance(await later(3_601_000));
  const { result } = await mutate(fixture.payments, viewer, 'captureTransaction', { id: held.id });
  expect(result).toMatchObject({ __typename: 'InvalidState', currentStatus: 'AWAITING_ACTION' });
  await expireDue(HOLDS, writes, fixture.payments.lane);
  const query = 'query ($id: ID!) { transaction(id: $id) { status } }';
  expect((await ask(fixture.payments, viewer, query, { id: held.id })).transaction.status).toBe('CANCELED');
});

test('a quote is over when the clock passes its end', async () => {
  const quote = await quoted(fixture.payments, viewer, {
    ...{ sourceId: acc(source), destinationId: acc(destination), amount: '10', fixedSide: 'SOURCE' },
    ...{ sourceAsset: 'USD', destinationAsset: 'USD' },
  });
  expect(quote.status).toBe('OPEN');
  await advance(new Date(Date.parse(quote.expiresAt) + 1));
  const query = 'query ($id: ID!) { quote(id: $id) { status } }';
  expect((await ask(fixture.payments, viewer, query, { id: quote.id })).quote.status).toBe('EXPIRED');
  expect(await mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: quote.id })).toMatchObject({
    __typename: 'QuoteExpired',
  });
  await expireDue(QUOTES, writes, fixture.payments.lane);
});

test('a day of limits is over when the clock is at the next', async () => {
  const set = 'mutation ($input: SetLimitPolicyInput!) { setLimitPolicy(input: $input) { __typename } }';
  await ask(fixture.payments, viewer, set, {
    input: { idempotencyKey: newKey(), asset: 'USD', perDay: '10' },
  });
  await pay();
  const { result } = await mutate(fixture.payments, viewer, 'createTransaction', {
    ...{ sourceId: acc(source), destinationId: acc(destination), amount: '10', asset: 'USD' },
  });
  expect(result.__typename).toBe('LimitExceeded');
  await advance(await later(DAY_MS));
  await pay();
});

test('lists by time find what was made before and after the clock was moved', async () => {
  const list = async (filter: object): Promise<readonly string[]> => {
    const query =
      'query ($filter: TransactionFilter) { transactions(first: 10, filter: $filter) { edges { node { id } } } }';
    const { transactions } = await ask(fixture.payments, viewer, query, { filter });
    return transactions.edges.map(({ node }: Answer) => node.id);
  };
  const early = await pay();
  await advance(await later(30 * DAY_MS));
  const late = await pay();
  const between = new Date(Date.parse(late.createdAt) - DAY_MS).toISOString();
  expect(await list({ createdAt: { from: between } })).toEqual([late.id]);
  expect(await list({ createdAt: { to: between } })).toEqual([early.id]);
  expect(await list({ createdAt: { from: early.createdAt } })).toEqual([late.id, early.id]);
});

test('there is no such clock where money is real, and a database whose clock was moved does not begin', async () => {
  await advance(await later(1_000));
  const settings = { databaseUrl: fixture.url, logger: createLogger({ level: 'silent', name: 'test' }) };
  await expect(createPayments({ ...settings, runsWorkers: false, mode: 'live' })).rejects.toThrow(
    ClockAheadError,
  );
  const live = await openFixture({ mode: 'live' });
  try {
    const query = `mutation { advanceSandboxClock(input: { to: "2030-01-01T00:00:00Z" }) { __typename } }`;
    expect(await ask(live.payments, viewer, query)).toEqual({
      advanceSandboxClock: { __typename: 'SandboxOnly' },
    });
    expect(await ask(live.payments, viewer, '{ sandboxClock { now } }')).toEqual({ sandboxClock: null });
  } finally {
    await live.close();
  }
});
