import { sleep } from '../../platform/clock.ts';
import type { Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { createPayments, type Payments } from '../../subgraphs/payments/main.ts';
import {
  type Answer,
  acc,
  type Fixture,
  keyOf,
  type MutationAnswer,
  mutate,
  newKey,
  openFixture,
  succeed,
} from './fixture.ts';

let fixture: Fixture;
/** Another process of the same deployment, with a lane of its own. */
let other: Payments;
let viewer: Viewer;
let source: Uuid;
let destination: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
  other = await createPayments({
    databaseUrl: fixture.url,
    logger: createLogger({ level: 'silent', name: 'other' }),
    runsWorkers: false,
  });
});
afterAll(async () => {
  await other.close();
  await fixture.close();
});

beforeEach(async () => {
  const organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  source = await fixture.openAccount(organizationId, { amountMinor: 100_00n });
  destination = await fixture.openAccount(organizationId);
});

const input = (more: object = {}): Readonly<Record<string, unknown>> => ({
  idempotencyKey: newKey(),
  sourceId: acc(source),
  destinationId: acc(destination),
  amount: '100',
  asset: 'USD',
  ...more,
});

/** Half of the calls go to each process. */
const both = (count: number, inputs: (index: number) => object): Promise<readonly MutationAnswer[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      mutate(index % 2 ? other : fixture.payments, viewer, 'createTransaction', { ...inputs(index) }),
    ),
  );

async function countTransactions(): Promise<number> {
  const rows = await fixture.rows('select id from payments.transaction where organization_id = $1', [
    viewer.organizationId,
  ]);
  return rows.length;
}

test('100 parallel spends of one balance in two processes: exactly one succeeds, the others leave nothing', async () => {
  const answers = await both(100, () => input());
  const names = answers.map(({ result }) => result.__typename);
  expect(names.filter((name) => name === 'Transaction')).toHaveLength(1);
  expect(names.filter((name) => name === 'InsufficientFunds')).toHaveLength(99);
  expect(await countTransactions()).toBe(1);
  const events = await fixture.rows('select 1 from platform.outbox where organization_id = $1', [
    viewer.organizationId,
  ]);
  expect(events).toHaveLength(2);
});

test('one key 100 times in parallel in two processes: one effect, 100 equal answers', async () => {
  const same = input({ amount: '1' });
  const answers = await both(100, () => same);
  const distinct = new Set(answers.map(({ result }) => JSON.stringify(result)));
  expect(distinct.size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await countTransactions()).toBe(1);
});

test('a refusal is kept under its key, also when it would succeed by now', async () => {
  const poor = await fixture.openAccount(viewer.organizationId);
  const asked = input({ sourceId: acc(poor), amount: '1' });
  const first = await mutate(fixture.payments, viewer, 'createTransaction', asked);
  expect(first.result.__typename).toBe('InsufficientFunds');
  await succeed(fixture.payments, viewer, 'createTransaction', input({ destinationId: acc(poor) }));
  const again = await mutate(fixture.payments, viewer, 'createTransaction', asked);
  expect(again.result).toEqual(first.result);
  expect(again.replayed).toBe(true);
});

test('the same key with other input is refused and does nothing', async () => {
  const asked = input({ amount: '1' });
  await succeed(fixture.payments, viewer, 'createTransaction', asked);
  for (const change of [{ amount: '2' }, { description: 'x' }, { captureMethod: 'MANUAL' }]) {
    const { result } = await mutate(fixture.payments, viewer, 'createTransaction', { ...asked, ...change });
    expect(result).toMatchObject({ __typename: 'IdempotencyKeyReused', retryable: false });
  }
  const equal = await mutate(fixture.payments, viewer, 'createTransaction', { ...asked, amount: '1.00' });
  expect(equal.replayed).toBe(true);
  expect(await countTransactions()).toBe(1);
});

test('the key of another organization and of another operation is independent', async () => {
  const asked = input({ amount: '1' });
  const first = await succeed(fixture.payments, viewer, 'createTransaction', asked);
  const theirs = keyOf(await fixture.addOrganization());
  const { result } = await mutate(fixture.payments, theirs, 'createTransaction', asked);
  expect(result).toMatchObject({ __typename: 'NotFound', missingId: acc(source) });
  const refund = await succeed(fixture.payments, viewer, 'refundTransaction', {
    idempotencyKey: asked.idempotencyKey,
    id: first.id,
  });
  expect(refund.type).toBe('REFUND');
});

test('a malformed request does not use up its key', async () => {
  const asked = input({ amount: '1' });
  const bad = await mutate(fixture.payments, viewer, 'createTransaction', { ...asked, amount: '1e3' });
  expect(bad.result.__typename).toBe('InvalidInput');
  await succeed(fixture.payments, viewer, 'createTransaction', asked);
});

test('40 requests for one externalId in two processes: one gets it, the others learn who has it', async () => {
  const answers = await both(40, () => input({ amount: '1', externalId: 'order-1' }));
  const winners = answers.filter(({ result }) => result.__typename === 'Transaction');
  const losers = answers.filter(({ result }) => result.__typename === 'ExternalIdTaken');
  expect([winners.length, losers.length]).toEqual([1, 39]);
  expect(new Set(losers.map(({ result }) => result.existingId))).toEqual(new Set([winners[0]?.result.id]));
  expect(await countTransactions()).toBe(1);
});

test('two lone requests that race for an externalId at the constraint: the loser is told, not failed', async () => {
  for (let round = 0; round < 10; round++) {
    const answers = await both(2, () => input({ amount: '1', externalId: `race-${round}` }));
    expect(answers.map(({ result }) => result.__typename).sort()).toEqual(['ExternalIdTaken', 'Transaction']);
  }
});

test('an externalId is free in another organization, and a refused transaction does not take it', async () => {
  const poor = await fixture.openAccount(viewer.organizationId);
  const refused = input({ sourceId: acc(poor), externalId: 'order-1' });
  const first = await mutate(fixture.payments, viewer, 'createTransaction', refused);
  expect(first.result.__typename).toBe('InsufficientFunds');
  await succeed(fixture.payments, viewer, 'createTransaction', input({ externalId: 'order-1' }));
  const organizationId = await fixture.addOrganization();
  const theirSource = await fixture.openAccount(organizationId, { amountMinor: 100_00n });
  const theirDestination = await fixture.openAccount(organizationId);
  await succeed(
    fixture.payments,
    keyOf(organizationId),
    'createTransaction',
    input({ sourceId: acc(theirSource), destinationId: acc(theirDestination), externalId: 'order-1' }),
  );
});

test('two mutations in one document run in order, and the second sees what the first did', async () => {
  const first = await succeed(
    fixture.payments,
    viewer,
    'createTransaction',
    input({ amount: '10', captureMethod: 'MANUAL' }),
  );
  const result = await fixture.payments.execute({
    query: `mutation ($id: ID!) {
      first: captureTransaction(input: { idempotencyKey: "${newKey()}", id: $id }) {
        ... on Transaction { version refundedAmount { amount } }
      }
      second: refundTransaction(input: { idempotencyKey: "${newKey()}", id: $id, amount: "4" }) {
        ... on Transaction { refundOf { version refundedAmount { amount } events { version } } }
      }
    }`,
    variables: { id: first.id },
    viewer,
    requestId: 'test',
  });
  expect(result.errors).toBeUndefined();
  const data: Answer = JSON.parse(JSON.stringify(result.data));
  expect(data.first).toEqual({ version: 4, refundedAmount: { amount: '0.00' } });
  expect(data.second.refundOf).toMatchObject({ version: 5, refundedAmount: { amount: '4.00' } });
  expect(data.second.refundOf.events).toHaveLength(5);
});

test('concurrent refunds in two processes never exceed what was captured, and 5, 5.0 and 5.00 are one input', async () => {
  const { id } = await succeed(fixture.payments, viewer, 'createTransaction', input({ amount: '20' }));
  const keys = Array.from({ length: 24 }, (_, index) => `refund-${index % 8}`);
  const answers = await Promise.all(
    keys.map((idempotencyKey, index) =>
      mutate(index % 3 ? other : fixture.payments, viewer, 'refundTransaction', {
        idempotencyKey,
        id,
        amount: ['5', '5.0', '5.00'][index % 3],
      }),
    ),
  );
  const names = answers.map(({ result }) => result.__typename);
  expect(names.filter((name) => name === 'Transaction')).toHaveLength(12);
  expect(names.filter((name) => name === 'RefundExceedsCaptured')).toHaveLength(12);
  expect(new Set(answers.flatMap(({ result }) => result.id ?? [])).size).toBe(4);
});

test('captures and cancels of one hold in two processes come to one effect', async () => {
  const held = input({ amount: '20', captureMethod: 'MANUAL' });
  const { id } = await succeed(fixture.payments, viewer, 'createTransaction', held);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      mutate(
        index % 2 ? other : fixture.payments,
        viewer,
        index % 4 < 2 ? 'captureTransaction' : 'cancelTransaction',
        { id },
      ),
    ),
  );
  const names = answers.map(({ result }) => result.__typename);
  expect(names.filter((name) => name === 'Transaction')).toHaveLength(1);
  expect(names.filter((name) => name === 'InvalidState')).toHaveLength(39);
});

test('connections that are lost under way cost nobody an effect and nobody a second one', async () => {
  let isOver = false;
  const killing = (async () => {
    for (let kills = 0; kills < 12 && !isOver; kills++) {
      await fixture.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'omsx_payments_writer'`,
      );
      await sleep(15);
    }
  })();
  for (let round = 0; round < 5; round++) {
    const answers = await both(20, () => input({ amount: '0.10' }));
    expect(answers.map(({ result }) => result.__typename)).toEqual(Array(20).fill('Transaction'));
  }
  isOver = true;
  await killing;
  expect(await countTransactions()).toBe(100);
  const [account] = await fixture.rows<{ debits_posted: string; version: string }>(
    'select debits_posted, version from ledger.account where id = $1',
    [source],
  );
  expect(account).toEqual({ debits_posted: '1000', version: '101' });
});
