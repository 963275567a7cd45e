import pg from 'pg';
import { sleep } from '../../../platform/clock.ts';
import { parseId, type Uuid } from '../../../platform/id.ts';
import { createLogger } from '../../../platform/log.ts';
import { type Database, openDatabase } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { createPayments, type Payments } from '../../../subgraphs/payments/main.ts';
import { expireDue, QUOTES } from '../../../subgraphs/payments/workers/expire.ts';
import { type Answer, acc, ask, type Fixture, keyOf, newKey, openFixture } from '../fixture.ts';
import { expectSound, mutateQuote, quoted, readQuote } from './fixture.ts';

let fixture: Fixture;
/** Another process of the same deployment, with a lane of its own. */
let other: Payments;
let writes: Database;
let viewer: Viewer;
let usd: Uuid;
let eur: Uuid;
let partner: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
  const logger = createLogger({ level: 'silent', name: 'other' });
  other = await createPayments({ databaseUrl: fixture.url, logger, runsWorkers: false });
  writes = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
});
afterAll(async () => {
  await Promise.all([other.close(), writes.close()]);
  await fixture.close();
});
beforeEach(async () => {
  const organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  usd = await fixture.openAccount(organizationId, { amountMinor: 1_000_00n });
  eur = await fixture.openAccount(organizationId, { asset: 'EUR' });
  partner = await fixture.openAccount(organizationId);
});
afterEach(() => expectSound(fixture.url));

const create = (more: object = {}, payments = fixture.payments): Promise<Answer> =>
  quoted(payments, viewer, {
    sourceId: acc(usd),
    destinationId: acc(eur),
    amount: '100',
    fixedSide: 'SOURCE',
    sourceAsset: 'USD',
    destinationAsset: 'EUR',
    developerFees: [{ recipientId: acc(partner), percent: '1' }],
    ...more,
  });
const accept = (quoteId: string, more: object = {}, payments = fixture.payments): Promise<Answer> =>
  mutateQuote(payments, viewer, 'acceptQuote', { quoteId, ...more });

async function transactionCount(): Promise<number> {
  const rows = await fixture.rows('select id from payments.transaction where organization_id = $1', [
    viewer.organizationId,
  ]);
  return rows.length;
}

async function postedOf(id: Uuid): Promise<string | undefined> {
  const [row] = await fixture.rows<{ posted: string }>(
    'select (credits_posted - debits_posted)::text as posted from ledger.account where id = $1',
    [id],
  );
  return row?.posted;
}

const untilPast = async (instant: string): Promise<void> => {
  await fixture.rows(
    `select pg_sleep(greatest(0, extract(epoch from $1::timestamptz - clock_timestamp())) + 0.002)`,
    [instant],
  );
};

test('50 acceptances of one quote in two processes are one transaction, which the other 49 name', async () => {
  const quote = await create();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => accept(quote.id, {}, index % 2 ? other : fixture.payments)),
  );
  const made = answers.filter(({ __typename }) => __typename === 'Transaction');
  expect(made).toHaveLength(1);
  const late = answers.filter(({ __typename }) => __typename === 'QuoteAlreadyAccepted');
  expect(late).toHaveLength(49);
  expect(new Set(late.map(({ transactionId }) => transactionId))).toEqual(new Set([made[0]?.id]));
  expect(await transactionCount()).toBe(1);
  expect(await postedOf(usd)).toBe('90000');
});

test('one key 50 times in two processes is one transaction and 50 equal answers', async () => {
  const quote = await create();
  const idempotencyKey = newKey();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      accept(quote.id, { idempotencyKey }, index % 2 ? other : fixture.payments),
    ),
  );
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await transactionCount()).toBe(1);
});

test('many quotes of one balance are accepted at once, as many as it pays for', async () => {
  const quotes = await Promise.all(Array.from({ length: 15 }, () => create()));
  const answers = await Promise.all(
    quotes.map(({ id }, index) => accept(id, {}, index % 2 ? other : fixture.payments)),
  );
  const names = answers.map(({ __typename }) => __typename).sort();
  expect(names).toEqual([...Array(5).fill('InsufficientFunds'), ...Array(10).fill('Transaction')]);
  expect(await postedOf(usd)).toBe('0');
});

test('from its instant on a quote is expired, for readers and for whoever accepts, before any worker ran', async () => {
  const quote = await create({ expiresInSeconds: 1 });
  await untilPast(quote.expiresAt);
  expect(await readQuote(fixture.payments, viewer, quote.id)).toMatchObject({ status: 'EXPIRED' });
  const open = await ask(
    fixture.payments,
    viewer,
    '{ quotes(first: 10, filter: { statuses: [OPEN] }) { edges { node { id } } } }',
  );
  expect(open.quotes.edges).toEqual([]);
  expect(await accept(quote.id)).toMatchObject({
    __typename: 'QuoteExpired',
    quoteId: quote.id,
    expiresAt: quote.expiresAt,
  });
  const id = parseId('quo', quote.id);
  const status = 'select status, version from payments.quote where id = $1';
  expect(await fixture.rows(status, [id])).toEqual([{ status: 'OPEN', version: 1 }]);
  await expireDue(QUOTES, writes, fixture.payments.lane);
  await expireDue(QUOTES, writes, other.lane);
  expect(await fixture.rows(status, [id])).toEqual([{ status: 'EXPIRED', version: 2 }]);
  expect(
    await fixture.rows('select type from platform.outbox where aggregate_id = $1 order by version', [id]),
  ).toEqual([{ type: 'QuoteCreated' }, { type: 'QuoteExpired' }]);
  expect(await accept(quote.id)).toMatchObject({ __typename: 'QuoteExpired' });
  expect(await transactionCount()).toBe(0);
});

test('the worker leaves alone what is accepted or still open', async () => {
  const [accepted, open] = [await create({ expiresInSeconds: 1 }), await create()];
  await accept(accepted.id);
  await untilPast(accepted.expiresAt);
  await expireDue(QUOTES, writes, fixture.payments.lane);
  const read = (id: string) => readQuote(fixture.payments, viewer, id);
  expect([await read(accepted.id), await read(open.id)].map(({ status }) => status)).toEqual([
    'ACCEPTED',
    'OPEN',
  ]);
});

/** What accepting a quote waits for at each of its recovery points: each is held up, and its connection killed there. */
const RECOVERY_POINTS = [
  'payments.quote',
  'ledger.account',
  'ledger.transfer',
  'payments.transaction',
  'payments.transaction_event',
  'platform.outbox',
  'platform.idempotency',
];

async function killWhoeverWaits(root: pg.Client): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { rowCount } = await root.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
    );
    if (rowCount) return;
    await sleep(10);
  }
  throw new Error('nobody came to wait');
}

test.each(RECOVERY_POINTS)(
  'killed before it writes %s, an acceptance happens once all the same',
  async (table) => {
    const quote = await create();
    const idempotencyKey = newKey();
    const root = new pg.Client({ connectionString: fixture.url });
    await root.connect();
    try {
      await root.query('begin');
      await root.query(`lock table ${table} in exclusive mode`);
      const answering = accept(quote.id, { idempotencyKey });
      await killWhoeverWaits(root);
      await root.query('rollback');
      const answer = await answering;
      expect(answer).toMatchObject({ __typename: 'Transaction', status: 'COMPLETED' });
      // Whoever did not hear the answer asks again, elsewhere, and hears the same.
      expect(await accept(quote.id, { idempotencyKey }, other)).toMatchObject({
        id: answer.id,
        replayed: true,
      });
    } finally {
      await root.end();
    }
    expect(await transactionCount()).toBe(1);
    expect(await postedOf(usd)).toBe('90000');
    expect(await postedOf(partner)).toBe('100');
  },
);
