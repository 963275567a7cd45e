import fc from 'fast-check';
import { formatId, newUuid, parseId } from '../../platform/id.ts';
import type { StatementLine } from '../../rails/bank/iso20022/statement.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { ACH } from '../bank/asks.ts';
import { openWorld, type Tenant, type World } from '../bank/world.ts';
import { type Answer, txn } from '../payments/fixture.ts';
import { createReconciliationAsks, type ReconciliationAsks } from './asks.ts';
import { openRounds, type Rounds } from './bare.ts';
import { fileLine, fileOf, plantReceipt } from './files.ts';

/** Each history is proven against the books of the whole database, at every step. */
jest.setTimeout(240_000);
const RUNS = Number.parseInt(process.env.OMSX_TEST_MODEL_RUNS ?? '10', 10);
const DAY = '2026-03-02';
const LATER = '2026-03-09';

let world: World;
let asks: ReconciliationAsks;
let rounds: Rounds;

beforeAll(async () => {
  world = await openWorld({ isBare: true, reconciles: true });
  asks = createReconciliationAsks(world);
  rounds = await openRounds(world);
});
afterAll(async () => {
  await rounds.close();
  await world.close();
});

const FAULTS = ['NONE', 'NONE', 'NONE', 'OMIT', 'DUPLICATE', 'AMOUNT', 'NO_ID', 'OWN'] as const;
const ACTIONS = [
  ...([
    'ACCEPT_AS_FEE',
    'BOOK_TO_SUSPENSE',
    'IGNORE',
    'WRITE_OFF',
    'MATCH',
    'ASSIGN',
    'TAKE_AS_FEE',
  ] as const),
];

/** Something that happened at the bank, ours or not, and what it makes of it. */
const movement = fc.record({
  kind: fc.constantFrom('PAID', 'RETURNED', 'ARRIVED', 'ARRIVED'),
  /** Few, so that lines without an id are mistaken for one another. */
  amountMinor: fc.constantFrom(100n, 200n, 300n),
  fault: fc.constantFrom(...FAULTS),
  byMinor: fc.constantFrom(-7n, 9n),
});
type Movement = typeof movement extends fc.Arbitrary<infer T> ? T : never;

const history = fc.record({
  movements: fc.array(movement, { minLength: 3, maxLength: 7 }),
  /** In which order statements come, by sorting their places by these. */
  order: fc.array(fc.nat(1_000), { minLength: 10, maxLength: 10 }),
  /** What is decided of the items that are open after each statement; null for nothing. */
  decisions: fc.array(fc.option(fc.constantFrom(...ACTIONS), { nil: null }), {
    minLength: 10,
    maxLength: 10,
  }),
});

/** Lets it happen on our side, and tells the bank's lines of it. */
async function happen(tenant: Tenant, { kind, amountMinor, fault, byMinor }: Movement, at: number) {
  if (fault === 'OWN') return [fileLine(`own-${at}`, byMinor)];
  const ids =
    kind === 'ARRIVED' ? await arrive(tenant, amountMinor, at) : await pay(tenant, amountMinor, kind);
  const paid = kind === 'ARRIVED' ? amountMinor : -amountMinor;
  const lines = [spoil(`l${at}`, paid, ids, fault, byMinor)];
  if (kind === 'RETURNED') lines.push([fileLine(`r${at}`, amountMinor, { endToEndId: ids })]);
  return lines.flat();
}

function spoil(
  id: string,
  amountMinor: bigint,
  endToEndId: string,
  fault: Movement['fault'],
  byMinor: bigint,
): readonly StatementLine[] {
  const line = fileLine(id, amountMinor, { endToEndId });
  if (fault === 'OMIT') return [];
  if (fault === 'DUPLICATE') return [line, fileLine(`${id}-2`, amountMinor, { endToEndId })];
  if (fault === 'AMOUNT') return [fileLine(id, amountMinor + byMinor, { endToEndId })];
  return [fault === 'NO_ID' ? fileLine(id, amountMinor) : line];
}

async function arrive(tenant: Tenant, amountMinor: bigint, at: number): Promise<string> {
  const providerId = `in-${at}-${newUuid().slice(-12)}`;
  await plantReceipt(world, tenant, { providerId, amountMinor, day: DAY, adapter: SIMULATOR });
  return providerId;
}

/** As the bank worker does it, but on a day of the past. */
async function pay(tenant: Tenant, amountMinor: bigint, kind: 'PAID' | 'RETURNED'): Promise<string> {
  const paid = await world.pay(tenant, `${amountMinor / 100n}.00`, { destinationBankAccount: ACH });
  const uuid = parseId('txn', paid.id) ?? '';
  await world.fixture.rows(
    `update bank.order set state = $2, version = version + 1, settled_at = $3 where id = $1`,
    [uuid, kind === 'PAID' ? 'SETTLED' : 'RETURNED', `${DAY}T10:00:00Z`],
  );
  return uuid.replaceAll('-', '');
}

/** Every line that is not in the books has one item, and the balance is what books and items say. */
async function expectExplained(tenant: Tenant): Promise<void> {
  await world.expectSound();
  const lines = (await asks.lines(tenant)).filter(({ state }) => state === 'OPEN');
  const items = await asks.items(tenant, { status: 'OPEN' });
  const withLine = items.filter(({ line }) => line !== null);
  expect(withLine.map(({ line }) => parseId('bbk', line.id)).toSorted()).toEqual(
    lines.map(({ id }) => id).toSorted(),
  );
}

async function decide(tenant: Tenant, action: (typeof ACTIONS)[number] | null): Promise<void> {
  if (action === null) return;
  if (action === 'ASSIGN' || action === 'TAKE_AS_FEE') return await takeOut(tenant, action);
  const open = await asks.items(tenant, { status: 'OPEN' });
  if (action === 'MATCH') return await matchOne(tenant, open);
  const item = action === 'WRITE_OFF' ? (open.find(({ line }) => line === null) ?? open[0]) : open[0];
  if (item === undefined) return;
  const result = await asks.resolve(tenant, item.id, action, { reason: 'so it is' });
  const isPossible = action === 'IGNORE' || (item.line === null) === (action === 'WRITE_OFF');
  expect(result.__typename).toBe(isPossible ? 'ReconciliationItem' : 'InvalidInput');
}

/** Only what a line brought is somebody's; either way it leaves suspense once. */
async function takeOut(tenant: Tenant, action: 'ASSIGN' | 'TAKE_AS_FEE'): Promise<void> {
  const [item] = await asks.items(tenant, { inSuspense: true });
  if (item === undefined) return;
  const { id, inSuspense } = item.line;
  const take = () => (action === 'ASSIGN' ? asks.assign(tenant, id) : asks.takeAsFee(tenant, id));
  const both = await Promise.all([take(), take()]);
  const isPossible = action === 'TAKE_AS_FEE' || !inSuspense.amount.startsWith('-');
  expect(both.filter(({ __typename }) => __typename !== 'InvalidInput')).toHaveLength(isPossible ? 1 : 0);
}

/** Says of a line what it is: a movement of the same direction that no line has yet, written off or not. */
async function matchOne(tenant: Tenant, open: readonly Answer[]): Promise<void> {
  const item = open.find(({ kind }) => kind === 'AMBIGUOUS' || kind === 'MISSING_OURS');
  if (item === undefined) return;
  const amountMinor = minor(item.line.amount);
  const [booking] = await world.fixture.rows<Answer>(
    `select order_id, receipt_id, amount from bank.booking
      where organization_id = $1 and line_id is null and (amount < 0) = ($2::numeric < 0) limit 1`,
    [tenant.organizationId, amountMinor],
  );
  if (booking === undefined) return;
  const named = booking.order_id
    ? { transactionId: txn(booking.order_id) }
    : { receiptId: formatId('rcp', booking.receipt_id) };
  const difference = BigInt(booking.amount) === amountMinor ? {} : { difference: 'BOOK_TO_SUSPENSE' };
  expect(await asks.resolve(tenant, item.id, 'MATCH', { ...named, ...difference })).toMatchObject({
    resolution: 'MATCHED',
  });
}

async function clearing({ organizationId }: Tenant): Promise<bigint> {
  const [row] = await world.fixture.rows<Answer>(
    `select coalesce(sum(credits_posted - debits_posted), 0)::text as sum from ledger.account
      where organization_id = $1 and kind = 'CLEARING'`,
    [organizationId],
  );
  return BigInt(row.sum);
}

const minor = ({ amount }: Answer): bigint => BigInt(amount.replace('.', ''));

test('whatever a bank does, in whatever order it tells, books and items explain its balance to the last unit', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ movements, order, decisions }) => {
      const tenant = await world.addTenant();
      let balance = 5_000n;
      const files: string[] = [];
      for (const [at, one] of movements.entries()) {
        const lines = await happen(tenant, one, at);
        files.push(fileOf(`s${at}`, balance, lines, DAY, 'USD', BigInt(at + 1)));
        balance = lines.reduce((sum, { amountMinor }) => sum + amountMinor, balance);
      }
      files.push(fileOf('last', balance, [], LATER, 'USD', 99n));
      const shuffled = files
        .map((file, at) => ({ file, key: order[at] ?? 0 }))
        .toSorted((a, b) => a.key - b.key);
      for (const [at, { file }] of shuffled.entries()) {
        await asks.importFile(tenant, file, { adapter: SIMULATOR });
        await rounds.work();
        await expectExplained(tenant);
        await decide(tenant, decisions[at] ?? null);
        await rounds.work();
        await expectExplained(tenant);
      }
      const [account] = await asks.balances(tenant);
      expect(minor(account.theirs)).toBe(balance);
      expect(minor(account.missing)).toBe(0n);
      // What is left in CLEARING is what we say and the bank does not.
      expect(minor(account.underWay)).toBe(-(await clearing(tenant)));
      const outside = (await asks.lines(tenant)).filter(
        ({ state }) => state === 'OPEN' || state === 'IGNORED',
      );
      const unexplained = outside.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      expect(minor(account.before) + minor(account.ours) + unexplained).toBe(balance);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
