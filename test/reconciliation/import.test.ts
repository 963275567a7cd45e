import { openWorld, type Tenant, type World } from '../bank/world.ts';
import { type Answer, ask } from '../payments/fixture.ts';
import { createReconciliationAsks, type ReconciliationAsks } from './asks.ts';
import { openRounds, type Rounds } from './bare.ts';
import { FILE_BANK, fileLine, fileOf, plantReceipt } from './files.ts';

let world: World;
let asks: ReconciliationAsks;
let rounds: Rounds;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld({ isBare: true, reconciles: true });
  asks = createReconciliationAsks(world);
  rounds = await openRounds(world);
});
afterAll(async () => {
  await rounds.close();
  await world.close();
});
beforeEach(async () => {
  tenant = await world.addTenant();
});

const kinds = async (status = 'OPEN'): Promise<readonly string[]> =>
  (await asks.items(tenant, { status })).map(({ kind }) => kind).toSorted();

test('a file is taken in once, however often and under whatever key it comes', async () => {
  const file = fileOf('s1', 10_000n, [
    fileLine('a', -150n, { remittance: 'Monthly fee' }),
    fileLine('b', 500n),
  ]);
  const first = await asks.importFile(tenant, file, { idempotencyKey: 'import-1' });
  expect(first).toEqual({ __typename: 'ImportedBankStatement', statements: 1, lines: 2, repeated: 0 });
  expect(await asks.importFile(tenant, file, { idempotencyKey: 'import-1' })).toEqual(first);
  expect(await asks.importFile(tenant, file)).toMatchObject({ statements: 0, lines: 0, repeated: 1 });
  const reused = await asks.importFile(tenant, fileOf('s2', 0n, []), { idempotencyKey: 'import-1' });
  expect(reused.code).toBe('IDEMPOTENCY_KEY_REUSED');
  await rounds.work();
  const before = await asks.items(tenant);
  expect(before).toHaveLength(2);
  await rounds.work();
  expect(await asks.items(tenant)).toEqual(before);
  expect((await asks.events(tenant)).map(({ version }) => version)).toEqual([1, 1]);
  await world.expectSound();
});

test('a line that two statements have is one line', async () => {
  await asks.importFile(tenant, fileOf('s1', 0n, [fileLine('a', 100n)]));
  const again = await asks.importFile(
    tenant,
    fileOf('s1-corrected', 0n, [fileLine('a', 100n), fileLine('b', 7n)]),
  );
  expect(again).toMatchObject({ statements: 1, lines: 1 });
  expect(await asks.lines(tenant)).toHaveLength(2);
});

test('statements that come in another order lead to the same', async () => {
  const days = ['2026-03-02', '2026-03-03', '2026-03-04'] as const;
  for (const [at, day] of days.entries()) {
    await plantReceipt(world, tenant, { providerId: `in-${at}`, amountMinor: 1_000n, day });
  }
  const files = days.map((day, at) =>
    fileOf(
      `s${at}`,
      BigInt(5_000 + at * 1_000),
      [fileLine(`l${at}`, 1_000n, { endToEndId: `in-${at}` })],
      day,
    ),
  );
  const [first = '', second = '', third = ''] = files;
  await asks.importFile(tenant, third);
  await rounds.work();
  // The last statement reaches over the days before it, which therefore are missing there until their files come.
  expect(await kinds()).toEqual(['MISSING_THEIRS', 'MISSING_THEIRS']);
  await asks.importFile(tenant, first);
  await rounds.work();
  const [gap] = await asks.balances(tenant);
  expect(gap).toMatchObject({
    theirs: { amount: '80.00' },
    before: { amount: '50.00' },
    missing: { amount: '10.00' },
  });
  await asks.importFile(tenant, second);
  await rounds.work();
  expect(await kinds()).toEqual([]);
  const [whole] = await asks.balances(tenant);
  expect(whole).toMatchObject({ ours: { amount: '30.00' }, missing: { amount: '0.00' }, asOf: '2026-03-04' });
  expect(await kinds('CLOSED')).toEqual(['MISSING_THEIRS', 'MISSING_THEIRS']);
  await world.expectSound();
});

test('two lines without an id that could be either are a question, and stay one', async () => {
  await plantReceipt(world, tenant, { providerId: 'p', amountMinor: 900n });
  await plantReceipt(world, tenant, { providerId: 'q', amountMinor: 900n });
  await asks.importFile(tenant, fileOf('s1', 0n, [fileLine('a', 900n), fileLine('b', 900n)]));
  await rounds.work();
  expect(await kinds()).toEqual(['AMBIGUOUS', 'AMBIGUOUS']);
  await asks.importFile(tenant, fileOf('s2', 1_800n, [], '2026-03-09'));
  await rounds.work();
  expect(await kinds()).toEqual(['AMBIGUOUS', 'AMBIGUOUS']);
  await world.expectSound();
});

test('an id that a format wrote without hyphens is the same id', async () => {
  const providerId = '0190c0de-7a11-7000-8000-00000000c0de';
  await plantReceipt(world, tenant, { providerId, amountMinor: 1n });
  const endToEndId = providerId.replaceAll('-', '').toUpperCase();
  await asks.importFile(tenant, fileOf('s1', 0n, [fileLine('a', 1n, { endToEndId })]));
  await rounds.work();
  expect(await asks.items(tenant)).toEqual([]);
});

test.each([
  ['no XML', 'not a file', 'content'],
  ['a bank that is none', fileOf('s', 0n, []), 'adapter'],
  ['a sum that is wrong', fileOf('s', 0n, [fileLine('a', 5n)]).replace('<Sum>0.05', '<Sum>0.06'), 'content'],
  ['a currency that we keep no books in', fileOf('s', 0n, []).replaceAll('USD', 'SEK'), 'content'],
])('a file with %s is refused, and nothing of it is kept', async (_, content, field) => {
  const more = field === 'adapter' ? { adapter: 'a bank' } : {};
  expect(await asks.importFile(tenant, content, more)).toMatchObject({ __typename: 'InvalidInput', field });
  expect(await asks.statements(tenant)).toEqual([]);
});

test('a file that is too large is refused', async () => {
  const content = 'x'.repeat(2 * 1024 * 1024 + 1);
  expect(await asks.importFile(tenant, content)).toMatchObject({ value: '2097153 bytes' });
});

test('what a line was ignored for is not asked about again', async () => {
  await plantReceipt(world, tenant, { providerId: 'gone', amountMinor: 40n });
  await asks.importFile(tenant, fileOf('s1', 0n, [fileLine('a', 3n)], '2026-03-05'));
  await rounds.work();
  for (const { id } of await asks.items(tenant)) {
    expect(await asks.resolve(tenant, id, 'IGNORE', { reason: 'known' })).toMatchObject({ status: 'CLOSED' });
  }
  await rounds.work();
  await rounds.work();
  expect(await kinds()).toEqual([]);
  expect(await kinds('CLOSED')).toEqual(['MISSING_OURS', 'MISSING_THEIRS']);
  // A line that comes after all is matched nevertheless.
  await asks.importFile(
    tenant,
    fileOf('s2', 3n, [fileLine('late', 40n, { endToEndId: 'gone' })], '2026-03-06'),
  );
  await rounds.work();
  expect((await asks.balances(tenant))[0]).toMatchObject({
    ours: { amount: '0.40' },
    underWay: { amount: '0.00' },
  });
  await world.expectSound();
});

const EXPORT = `query ($input: ExportBankStatementInput!, $first: Int!, $after: Cursor) {
  result: exportBankStatement(input: $input, first: $first, after: $after) { content count hasNextPage endCursor } }`;

async function exported(format: string, first: number): Promise<readonly Answer[]> {
  const input = { adapter: FILE_BANK, asset: 'USD', from: '2026-03-02', to: '2026-03-04', format };
  const parts: Answer[] = [];
  for (let after: string | null = null; ; ) {
    const { result }: Answer = await ask(world.fixture.payments, tenant.viewer, EXPORT, {
      input,
      first,
      after,
    });
    parts.push(result);
    if (!result.hasNextPage) return parts;
    after = result.endCursor;
  }
}

test('exports in parts are the whole, safe for spreadsheets, and what goes out as camt.053 comes in again', async () => {
  const lines = [fileLine('a', -150n, { remittance: '=1+1' }), fileLine('b', 500n), fileLine('c', 25n)];
  await asks.importFile(tenant, fileOf('s1', 1_000n, lines, '2026-03-03'));
  await asks.importFile(tenant, fileOf('s2', 1_375n, [fileLine('d', 1n)], '2026-03-07'));
  const csv = await exported('CSV', 2);
  expect(csv.map(({ count }) => count)).toEqual([2, 1]);
  const rows = csv
    .map(({ content }) => content)
    .join('')
    .split('\r\n');
  expect(rows).toHaveLength(5);
  expect(rows[1]).toContain(",a,2026-03-03,-1.50,USD,,,'=1+1,OPEN,,");
  expect((await exported('CSV', 1_000))[0].content).toBe(csv.map(({ content }) => content).join(''));
  const other = await world.addTenant();
  for (const { content } of await exported('CAMT_053', 2)) {
    expect(await asks.importFile(other, content)).toMatchObject({ statements: 1 });
  }
  const [balance] = await asks.balances(other);
  expect(balance).toMatchObject({
    before: { amount: '10.00' },
    theirs: { amount: '13.75' },
    missing: { amount: '0.00' },
  });
});

test('items are exported as CSV with what their filter asks for', async () => {
  await asks.importFile(tenant, fileOf('s1', 0n, [fileLine('=cmd()', -150n), fileLine('b', 7n)]));
  await rounds.work();
  const query =
    '{ result: exportReconciliationItems(first: 10, filter: { status: OPEN }) { content count } }';
  const { result } = await ask(world.fixture.payments, tenant.viewer, query);
  expect(result.count).toBe(2);
  expect(result.content).toContain(',MISSING_OURS,OPEN,USD,-1.50,');
  expect(result.content).toContain(",'=cmd(),");
});
