import { createPostingLane } from '../../ledger/lane.ts';
import { ensureSystemAccounts } from '../../ledger/open.ts';
import type { NewTransfer } from '../../ledger/transfer.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { addDays } from '../../rails/bank/calendar/civilDate.ts';
import { readStatement } from '../../rails/bank/iso20022/readStatement.ts';
import { execute, type Json, mutate, openWorld, run, type World } from './world.ts';

/** Goal: the statement of an Account is what its Entries say, in parts that add up, for whoever may read them. */
let world: World;
let payments: Database;
let omnibus: Uuid;

beforeAll(async () => {
  world = await openWorld();
  payments = await openDatabase({ url: world.url, role: 'omsx_payments_writer', poolMax: 2 });
  const { organizationId } = world.ours;
  const made = await payments.write((tx) =>
    ensureSystemAccounts(tx, [{ organizationId, kind: 'OMNIBUS', asset: 'USD' }]),
  );
  omnibus = made[0] as Uuid;
});
afterAll(async () => {
  await payments.close();
  await world.close();
});

interface Book {
  readonly id: string;
  readonly uuid: Uuid;
  readonly customerId: string;
}

async function openBook(asset = 'USD'): Promise<Book> {
  const act = (field: string, input: object) =>
    mutate(world.accounts, world.ours.viewer, field, { ...input });
  const customer = await act('createCustomer', { type: 'BUSINESS', legalName: 'Books Ltd' });
  const { id } = await act('createAccount', { customerId: customer.id, asset });
  return { id, uuid: parseId('acc', id) as Uuid, customerId: customer.id };
}

async function post(...transfers: readonly NewTransfer[]): Promise<void> {
  const { organizationId } = world.ours;
  const journal = { id: newUuid(), organizationId, transactionId: null, transfers };
  expect((await createPostingLane(payments).submit(journal)).status).toBe('POSTED');
}

const credit = (uuid: Uuid, amount: bigint, more: object = {}): NewTransfer => ({
  ...{ id: newUuid(), kind: 'SINGLE', debitAccountId: omnibus, creditAccountId: uuid, amount },
  ...more,
});
const hold = (uuid: Uuid, amount: bigint): NewTransfer => ({
  ...{ id: newUuid(), kind: 'PENDING', debitAccountId: uuid, creditAccountId: omnibus, amount },
});

/** 100.00 in, 25.00 held of which 20.00 are paid, 5.00 held and let go, 0.50 in. */
async function fill({ uuid }: Book): Promise<void> {
  await post(credit(uuid, 10_000n, { description: '=1+1 <&> \u0001' }));
  const [kept, freed] = [hold(uuid, 2_500n), hold(uuid, 500n)];
  await post(kept);
  await post({ id: newUuid(), kind: 'POST_PENDING', pendingId: kept.id, amount: 2_000n });
  await post(freed);
  await post({ id: newUuid(), kind: 'VOID_PENDING', pendingId: freed.id });
  await post(credit(uuid, 50n));
}

const EXPORT = `query ($input: ExportAccountStatementInput!, $first: Int!, $after: Cursor) {
  result: exportAccountStatement(input: $input, first: $first, after: $after) {
    content count hasNextPage endCursor } }`;
/** Midnight may be now. */
const TODAY = new Date().toISOString().slice(0, 10);
const PERIOD = { from: addDays(TODAY, -1), to: addDays(TODAY, 1) };

async function parts(
  accountId: string,
  format: string,
  first: number,
  period = PERIOD,
): Promise<readonly Json[]> {
  const found: Json[] = [];
  for (let after: string | null = null; ; ) {
    const input = { accountId, format, ...period };
    const { result } = (await run(world.accounts, world.ours.viewer, EXPORT, {
      input,
      first,
      after,
    })) as Json;
    found.push(result);
    if (!result.hasNextPage) return found;
    after = result.endCursor;
  }
}

const asFile = (found: readonly Json[]): string => found.map(({ content }) => content).join('');
/** Throws where a structure, a total or a balance is wrong. */
const read = ({ content }: Json) => readStatement(Buffer.from(content)).statements[0];

test('as CSV it has what moved the balance, oldest first, with the balance after each, in parts that are the whole', async () => {
  const book = await openBook();
  await fill(book);
  const whole = await parts(book.id, 'CSV', 1_000);
  expect(whole.map(({ count }) => count)).toEqual([3]);
  for (const first of [1, 2, 5]) expect(asFile(await parts(book.id, 'CSV', first))).toBe(asFile(whole));
  const rows = asFile(whole).split('\r\n');
  expect(rows[0]).toBe('id,version,occurredAt,amount,asset,balance,transaction,description');
  expect(rows.slice(1, 4).map((row) => row.split(',').toSpliced(2, 1).slice(0, 5))).toEqual([
    [`${formatId('ent', book.uuid)}_1`, '1', '100.00', 'USD', '100.00'],
    [`${formatId('ent', book.uuid)}_3`, '3', '-20.00', 'USD', '80.00'],
    [`${formatId('ent', book.uuid)}_6`, '6', '0.50', 'USD', '80.50'],
  ]);
  expect(rows[1]).toContain(",'=1+1 <&>");
});

test('as camt.053 each part is valid by itself and begins where the one before it ends', async () => {
  const book = await openBook();
  await fill(book);
  for (const first of [1, 2, 1_000]) {
    const statements = (await parts(book.id, 'CAMT_053', first)).map(read);
    let balance = 0n;
    for (const statement of statements) {
      const { balances = [], lines = [], account, currency } = statement ?? {};
      expect(account).toMatchObject({ id: book.id });
      expect(currency).toBe('USD');
      expect(balances[0]).toMatchObject({ code: 'OPBD', amountMinor: balance });
      balance += lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
      expect(balances[1]).toMatchObject({ code: 'CLBD', amountMinor: balance });
    }
    expect(balance).toBe(8_050n);
    const lines = statements.flatMap((one) => one?.lines ?? []);
    expect(lines.map(({ id }) => id)).toEqual(['1', '3', '6']);
    expect(lines[0]?.remittance).toBe('=1+1 <&> ?');
    expect(new Set(statements.map((one) => one?.id)).size).toBe(first === 1 ? 6 : first === 2 ? 3 : 1);
  }
});

test.each([
  ['before the first entry', -400, -40, 0n],
  ['after the last', 2, 30, 8_050n],
])('a period %s opens and closes with what was there then', async (_, first, last, amountMinor) => {
  const book = await openBook();
  await fill(book);
  const period = { from: addDays(TODAY, first), to: addDays(TODAY, last) };
  const [part] = await parts(book.id, 'CAMT_053', 10, period);
  const balances = read(part)?.balances.map((balance) => balance.amountMinor);
  expect([part.count, balances]).toEqual([0, [amountMinor, amountMinor]]);
});

async function faultOf(args: object, input: object, viewer: Viewer = world.ours.viewer): Promise<Json> {
  const asked = { input: { format: 'CSV', ...PERIOD, ...input }, first: 1, ...args };
  const { data, errors } = await execute(world.accounts, viewer, EXPORT, asked);
  return errors ? [errors[0]?.extensions.code, errors[0]?.message] : data;
}

test('sizes, days, places and formats that cannot be are refused with what was expected', async () => {
  const { id: accountId } = await openBook();
  for (const first of [0, 1_001])
    expect(await faultOf({ first }, { accountId })).toEqual([
      'BAD_USER_INPUT',
      expect.stringContaining('1 to 1000'),
    ]);
  const year = { from: '2025-01-01', to: '2026-01-02' };
  expect(await faultOf({}, { accountId, ...year })).toEqual([
    'BAD_USER_INPUT',
    expect.stringContaining('366 days'),
  ]);
  expect(await faultOf({}, { accountId, from: '2026-02-30' })).toEqual([
    'BAD_USER_INPUT',
    expect.any(String),
  ]);
  expect(await faultOf({ after: 'bm9uZQ==' }, { accountId })).toEqual(['BAD_USER_INPUT', expect.any(String)]);
  const { id: coins } = await openBook('USDC');
  const camt = await faultOf({}, { accountId: coins, format: 'CAMT_053' });
  expect(camt).toEqual(['BAD_USER_INPUT', expect.stringContaining('expected the format CSV')]);
});

test('it is for whoever may read the entries: a foreign account is none, and a client token sees its own customer', async () => {
  const book = await openBook();
  await fill(book);
  const input = { accountId: book.id };
  const { organizationId } = world.ours;
  const client = (customerId: Uuid): Viewer => ({
    ...{ organizationId, kind: 'CLIENT', subjectId: 'token', scopes: ['accounts:read'], customerId },
  });
  expect(await faultOf({}, input, world.theirs.viewer)).toEqual({ result: null });
  expect(await faultOf({}, { accountId: formatId('acc', newUuid()) })).toEqual({ result: null });
  expect(await faultOf({}, input, client(newUuid()))).toEqual({ result: null });
  const own = await faultOf({}, input, client(parseId('cus', book.customerId) as Uuid));
  expect(own.result.count).toBe(1);
  const blind = { ...world.ours.viewer, scopes: ['transactions:read'] };
  expect((await faultOf({}, input, blind))[0]).toBe('FORBIDDEN');
});
