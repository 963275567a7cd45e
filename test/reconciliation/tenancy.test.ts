import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import type { BankLine } from '../../rails/bank/provider.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { takeInLines } from '../../rails/bank/statements/pollLines.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { openWorld, SECRET, type Tenant, type World } from '../bank/world.ts';
import { type Answer, acc, clientOf, keyOf, run, txn } from '../payments/fixture.ts';
import { createReconciliationAsks, type ReconciliationAsks } from './asks.ts';
import { openRounds, type Rounds } from './bare.ts';
import { fileLine, fileOf, plantReceipt } from './files.ts';

/** Goal: a bank's word about one organization is nothing to another, and what is nobody's is the operator's. */
let world: World;
let asks: ReconciliationAsks;
let rounds: Rounds;
let ours: Tenant;
let theirs: Tenant;

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
  [ours, theirs] = [await world.addTenant(), await world.addTenant()];
});

async function takeIn(lines: readonly BankLine[]): Promise<void> {
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  const logger = createLogger({ level: 'silent', name: 'test' });
  const screener = { provider: screeningOfMode('sandbox'), logger };
  const inbox = {
    database: world.bankDatabase,
    vault,
    placeKey: placeKeyOf(SECRET),
    adapter: SIMULATOR,
    screener,
  };
  const bytes = Buffer.from(newUuid());
  await takeInLines(inbox, { lines, next: '1', asOf: new Date(), bytes });
}

const bankLine = (customer: string | null, amountMinor: bigint, more: Partial<BankLine> = {}): BankLine => ({
  ...{ id: newUuid(), customer, asset: 'USD', amountMinor, bookedOn: '2026-03-02', endToEndId: null },
  ...{ counterparty: null, text: null, balanceMinor: null },
  ...more,
});

const rcp = (id: Uuid): string => formatId('rcp', id);

test('an id of ours in a file of theirs matches nothing, and keeps nothing of ours from being matched', async () => {
  const providerId = newUuid();
  const receiptId = await plantReceipt(world, ours, { providerId, amountMinor: 700n });
  await asks.importFile(
    theirs,
    fileOf('t', 0n, [fileLine('a', 700n, { endToEndId: providerId.replaceAll('-', '') })]),
  );
  await rounds.work();
  expect((await asks.items(theirs)).map(({ kind }) => kind)).toEqual(['MISSING_OURS']);
  const [receipt] = await world.fixture.rows<Answer>('select line_id from bank.receipt where id = $1', [
    receiptId,
  ]);
  expect(receipt.line_id).toBeNull();
  // Found by its amount in spite of the other's claim to its id.
  await asks.importFile(ours, fileOf('o', 0n, [fileLine('b', 700n)]));
  await rounds.work();
  expect(await asks.items(ours)).toEqual([]);
  expect((await asks.balances(ours))[0]).toMatchObject({ ours: { amount: '7.00' } });
  await world.expectSound();
});

test('many lines of one account keep none of another from being seen', async () => {
  const flood = Array.from({ length: 300 }, (_, at) => fileLine(`f${at}`, 5n, { endToEndId: 'same' }));
  const bare = Array.from({ length: 300 }, (_, at) => fileLine(`g${at}`, 5n));
  await asks.importFile(theirs, fileOf('flood', 0n, [...flood, ...bare]));
  const receipts = ['same', 'zz'];
  for (const endToEndId of receipts) {
    const providerId = `${endToEndId}${newUuid().slice(0, 8)}`;
    await plantReceipt(world, ours, { providerId, amountMinor: 5n });
    await asks.importFile(
      ours,
      fileOf(providerId, 0n, [fileLine(providerId, 5n, { endToEndId: providerId })]),
    );
  }
  await plantReceipt(world, ours, { providerId: newUuid(), amountMinor: 6n });
  await asks.importFile(ours, fileOf('bare', 10n, [fileLine('bare', 6n)]));
  await rounds.work();
  expect((await asks.lines(ours)).map(({ state }) => state)).toEqual(['MATCHED', 'MATCHED', 'MATCHED']);
});

test('two organizations may have statements and lines of the same names', async () => {
  const file = fileOf('same', 0n, [fileLine('a', 10n)]);
  expect(await asks.importFile(ours, file)).toMatchObject({ statements: 1, lines: 1 });
  expect(await asks.importFile(theirs, file)).toMatchObject({ statements: 1, lines: 1 });
  expect(await asks.lines(ours)).toHaveLength(1);
});

test('a foreign item answers as one that is not there', async () => {
  await asks.importFile(theirs, fileOf('t', 0n, [fileLine('a', 700n)]));
  await rounds.work();
  const [item] = await asks.items(theirs);
  expect(await asks.items(ours)).toEqual([]);
  expect(await asks.statements(ours)).toEqual([]);
  expect(await asks.balances(ours)).toEqual([]);
  const none = await asks.resolve(ours, 'rit_00000000000000000000000000', 'ACCEPT_AS_FEE');
  const foreign = await asks.resolve(ours, item.id, 'ACCEPT_AS_FEE');
  expect({ ...foreign, message: '' }).toEqual({ ...none, message: '' });
  expect(foreign.code).toBe('NOT_FOUND');
  const query = `{ reconciliationItem(id: "${item.id}") { id } }`;
  expect((await run(world.fixture.payments, ours.viewer, query)).data).toEqual({ reconciliationItem: null });
  expect((await run(world.fixture.payments, theirs.viewer, query)).data?.reconciliationItem).not.toBeNull();
});

test('a foreign movement, line in suspense and account answer as ones that are not there', async () => {
  const receiptId = await plantReceipt(world, theirs, { providerId: newUuid(), amountMinor: 700n });
  for (const tenant of [ours, theirs]) {
    await asks.importFile(tenant, fileOf('t', 0n, [fileLine('a', 700n, { endToEndId: 'unknown' })]));
  }
  await rounds.work();
  const [[item], [own]] = [await asks.items(theirs), await asks.items(ours)];
  const none = { ...(await asks.resolve(ours, own.id, 'MATCH', { receiptId: rcp(newUuid()) })), message: '' };
  expect(none.code).toBe('NOT_FOUND');
  const said = async (answer: Promise<Answer>) => ({ ...(await answer), message: '' });
  expect(await said(asks.resolve(ours, own.id, 'MATCH', { receiptId: rcp(receiptId) }))).toEqual(none);
  const credited = newUuid();
  await world.fixture.rows('update bank.receipt set transaction_id = $2 where id = $1', [
    receiptId,
    credited,
  ]);
  expect(await said(asks.resolve(ours, own.id, 'MATCH', { transactionId: txn(credited) }))).toEqual(none);
  await world.fixture.rows('update bank.receipt set transaction_id = null where id = $1', [receiptId]);
  const { line } = await asks.resolve(theirs, item.id, 'BOOK_TO_SUSPENSE');
  for (const id of [line.id, formatId('bbk', newUuid()), 'bbk_x']) {
    expect(await said(asks.assign(ours, id))).toEqual(none);
    expect(await said(asks.takeAsFee(ours, id))).toEqual(none);
  }
  expect(await said(asks.assign(theirs, line.id, acc(ours.accountId)))).toEqual(none);
  expect(await asks.items(ours, { inSuspense: true })).toEqual([]);
  expect(await asks.items(theirs, { inSuspense: true })).toHaveLength(1);
  await world.expectSound();
});

test('who may decide of items may not credit accounts, and who may credit may not take fees', async () => {
  const fields = {
    'reconciliation:write':
      'assignBankBooking(input: { idempotencyKey: "k", bookingId: "bbk_x", accountId: "acc_x" })',
    'transactions:write': 'takeBankBookingAsFee(input: { idempotencyKey: "k", bookingId: "bbk_x" })',
  };
  for (const [scope, field] of Object.entries(fields)) {
    const viewer = keyOf(ours.organizationId, [scope]);
    const { errors } = await run(world.fixture.payments, viewer, `mutation { ${field} { __typename } }`);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  }
});

test("what a bank holds for nobody that we know is the operator's: an item without an organization, no books, no event", async () => {
  const stranger = newUuid();
  await takeIn([
    bankLine(stranger, 11n),
    bankLine(null, 12n),
    bankLine(ours.organizationId, 13n, { asset: 'XXX' }),
  ]);
  await rounds.work();
  const lines = await world.fixture.rows<Answer>(
    'select amount from bank.statement_line where organization_id is null',
  );
  expect(lines.map(({ amount }) => amount).toSorted()).toEqual(['11', '12', '13']);
  const items = await world.fixture.rows<Answer>(
    'select kind, version from bank.reconciliation_item where organization_id is null',
  );
  expect(items).toEqual([1, 2, 3].map(() => ({ kind: 'MISSING_OURS', version: 1 })));
  for (const tenant of [ours, theirs]) {
    expect(await asks.items(tenant)).toEqual([]);
    expect(await asks.events(tenant)).toEqual([]);
  }
  await world.expectSound();
});

test('client tokens see none of it, and neither does a key without the scope', async () => {
  const customerId = await world.fixture.addCustomer(ours.organizationId);
  const client = clientOf(ours.organizationId, customerId);
  const fields = [
    'reconciliationItems(first: 1) { edges { cursor } }',
    'reconciliationItem(id: "rit_00000000000000000000000000") { id }',
    'bankStatements(first: 1) { edges { cursor } }',
    'bankBalances { adapter }',
    'suspenseAgeing { count }',
    'exportReconciliationItems(first: 1) { count }',
    'exportBankStatement(first: 1, input: { adapter: "A", asset: "USD", from: "2026-03-02", to: "2026-03-02", format: CSV }) { count }',
  ];
  const viewers = [
    { ...client, scopes: ['*'] },
    client,
    keyOf(ours.organizationId, ['transactions:read', 'accounts:read', 'reconciliation:write']),
  ];
  for (const viewer of viewers) {
    for (const field of fields) {
      const { errors } = await run(world.fixture.payments, viewer, `{ ${field} }`);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
  }
});

test('the views of Bookings and of what is written off show a reader its own organization alone', async () => {
  for (const tenant of [ours, theirs]) {
    await plantReceipt(world, tenant, { providerId: newUuid(), amountMinor: 1n });
    await rounds.settle();
    await asks.importFile(tenant, fileOf('reach', 0n, [], '2026-03-09'));
    await rounds.work();
    const [item] = await asks.items(tenant);
    await asks.resolve(tenant, item.id, 'WRITE_OFF', { reason: 'never booked' });
  }
  const reader = await openDatabase({ url: world.fixture.url, role: 'omsx_payments', poolMax: 1 });
  for (const view of ['booking', 'write_off']) {
    const sql = statement(
      `test.organizations_of_${view}`,
      `select distinct organization_id as id from bank.${view}`,
    );
    expect(await reader.readRows<Answer>(ours.organizationId, sql)).toEqual([{ id: ours.organizationId }]);
  }
  await reader.close();
});
