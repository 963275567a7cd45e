import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { expireDue, HOLDS, startExpiry } from '../../subgraphs/payments/workers/expire.ts';
import { type ExpiryWorld, openExpiryWorld } from './expiryWorld.ts';
import { type Answer, acc, ask, type Fixture, mutate, succeed } from './fixture.ts';

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

const hold = (holdSeconds: number): Promise<Answer> =>
  succeed(fixture.payments, viewer, 'createTransaction', {
    sourceId: acc(source),
    destinationId: acc(destination),
    amount: '10',
    asset: 'USD',
    captureMethod: 'MANUAL',
    holdSeconds,
  });

const read = async (id: string): Promise<Answer> => {
  const query =
    'query ($id: ID!) { transaction(id: $id) { status version events { kind reason { code } } } }';
  return (await ask(fixture.payments, viewer, query, { id })).transaction;
};

const untilPast = async (instant: string): Promise<void> => {
  await fixture.rows(
    `select pg_sleep(greatest(0, extract(epoch from $1::timestamptz - clock_timestamp())) + 0.002)`,
    [instant],
  );
};

test('a hold can be captured before its instant and not from then on, whether or not the worker ran', async () => {
  const [early, late] = await Promise.all([hold(1), hold(1)]);
  await succeed(fixture.payments, viewer, 'captureTransaction', { id: early.id });
  await untilPast(late.holdExpiresAt);
  const { result } = await mutate(fixture.payments, viewer, 'captureTransaction', { id: late.id });
  expect(result).toMatchObject({ __typename: 'InvalidState', currentStatus: 'AWAITING_ACTION' });
  expect((await read(late.id)).version).toBe(2);
});

test('a hold that ran out is still released by a cancel, once', async () => {
  const held = await hold(1);
  await untilPast(held.holdExpiresAt);
  const canceled = await succeed(fixture.payments, viewer, 'cancelTransaction', { id: held.id });
  expect(canceled.status).toBe('CANCELED');
  await expireDue(HOLDS, writes, fixture.payments.lane);
  expect((await read(held.id)).version).toBe(3);
});

test('the worker releases what ran out, once, however many run at the same time', async () => {
  const [due, later] = await Promise.all([hold(1), hold(60)]);
  await untilPast(due.holdExpiresAt);
  await Promise.all(Array.from({ length: 4 }, () => expireDue(HOLDS, writes, fixture.payments.lane)));
  expect(await read(due.id)).toEqual({
    status: 'CANCELED',
    version: 3,
    events: [
      { kind: 'CREATED', reason: null },
      { kind: 'FUNDS_HELD', reason: null },
      { kind: 'HOLD_EXPIRED', reason: { code: 'HOLD_EXPIRED' } },
    ],
  });
  expect((await read(later.id)).status).toBe('AWAITING_ACTION');
  const [account] = await fixture.rows<{ debits_pending: string }>(
    'select debits_pending from ledger.account where id = $1',
    [source],
  );
  expect(account?.debits_pending).toBe('1000');
});

test('an expiry that comes too early changes nothing', async () => {
  const held = await hold(60);
  const { result } = await fixture.payments.lane.submit({
    organizationId: viewer.organizationId,
    operation: 'expireHold',
    idempotencyKey: null,
    fingerprint: '',
    transactionId: parseId('txn', held.id) as Uuid,
    journalId: newUuid(),
  });
  expect(result.type).toBe('InvalidState');
  expect((await read(held.id)).version).toBe(2);
});

test('the running worker releases a hold by itself soon after its instant, and stops when told', async () => {
  const held = await hold(1);
  const logger = createLogger({ level: 'silent', name: 'test' });
  const worker = startExpiry(HOLDS, { database: writes, lane: fixture.payments.lane, logger });
  await untilPast(new Date(Date.parse(held.holdExpiresAt) + 1_500).toISOString());
  expect((await read(held.id)).status).toBe('CANCELED');
  await worker.stop();
});
