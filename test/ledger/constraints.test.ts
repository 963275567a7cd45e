import pg from 'pg';
import { postJournals } from '../../ledger/post.ts';
import { findAccounts } from '../../ledger/reads.ts';
import type { Uuid } from '../../platform/id.ts';
import { type Database, sqlState, violatedConstraint } from '../../platform/postgres.ts';
import { journalOf, testAccount } from './books.ts';
import { scopeAt } from './commands.ts';
import { type LedgerDatabase, openLedgerDatabase, storeAccounts } from './database.ts';

const scope = scopeAt(0);
const { organizationId, otherOrganizationId } = scope;
const [OMNIBUS, ANN, BEN, EUROS, FOREIGN] = [1, 2, 3, 4, 5].map(scope.newId) as [
  Uuid,
  Uuid,
  Uuid,
  Uuid,
  Uuid,
];
const HOLD = scope.newId(11);

let ledger: LedgerDatabase;

beforeAll(async () => {
  ledger = await openLedgerDatabase();
  const own = { organizationId, holderId: organizationId };
  await storeAccounts(ledger, [
    testAccount(OMNIBUS, 'OMNIBUS', own),
    testAccount(ANN, 'CUSTOMER', own),
    testAccount(BEN, 'CUSTOMER', own),
    testAccount(EUROS, 'CUSTOMER', { ...own, asset: 'EUR' }),
    testAccount(FOREIGN, 'CUSTOMER', { organizationId: otherOrganizationId, holderId: otherOrganizationId }),
  ]);
  const journal = journalOf(
    scope.newId(20),
    { kind: 'SINGLE', id: scope.newId(10), debitAccountId: OMNIBUS, creditAccountId: ANN, amount: 100n },
    { kind: 'PENDING', id: HOLD, debitAccountId: ANN, creditAccountId: BEN, amount: 30n },
  );
  const [result] = await ledger.payments.write((tx) => postJournals(tx, [{ ...journal, organizationId }]));
  expect(result?.status).toBe('POSTED');
});

afterAll(() => ledger.close());

/** What Postgres says to raw SQL, run by a role that may post. */
async function refusalOf(database: Database, text: string, values: readonly unknown[] = []): Promise<string> {
  try {
    await database.dataSource.query(text, [...values]);
  } catch (error) {
    return violatedConstraint(error) ?? sqlState(error) ?? String(error);
  }
  return 'none';
}

const IMMUTABLE = '23001';
const NO_PRIVILEGE = '42501';

describe('the tables of the ledger refuse', () => {
  it.each([
    ['a change of a Transfer', 'update ledger.transfer set amount = amount + 1'],
    ['a deleted Transfer', 'delete from ledger.transfer'],
    ['an emptied table', 'truncate ledger.transfer'],
    ['a deleted account', 'delete from ledger.account'],
    ['a changed asset', 'update ledger.asset set scale = 3'],
    ['a disabled trigger', 'alter table ledger.transfer disable trigger all'],
  ])('%s', async (_what, text) => {
    expect(await refusalOf(ledger.payments, text)).toBe(NO_PRIVILEGE);
  });

  it.each([
    ['a change of a Transfer', 'update ledger.transfer set amount = amount + 1'],
    ['a deleted Transfer', 'delete from ledger.transfer'],
    ['an emptied table', 'truncate ledger.transfer'],
  ])('%s, also from their owner', async (_what, text) => {
    const owner = new pg.Client({ connectionString: ledger.url });
    await owner.connect();
    try {
      await expect(owner.query(text)).rejects.toMatchObject({ code: IMMUTABLE });
    } finally {
      await owner.end();
    }
  });

  it.each([
    ['an overdraft', 'account_no_overdraft', 'debits_posted = 71', ANN],
    ['negative debits', 'account_debits_posted_not_negative', 'debits_posted = -1', ANN],
    ['negative credits', 'account_credits_posted_not_negative', 'credits_posted = -1', BEN],
    ['negative held debits', 'account_debits_pending_not_negative', 'debits_pending = -1', ANN],
    ['negative held credits', 'account_credits_pending_not_negative', 'credits_pending = -1', BEN],
    ['closing what is not empty', 'account_closed_is_empty', 'closed_at = now()', ANN],
    ['an unknown asset', 'account_asset', "asset = 'XXX'", ANN],
    ['an unknown holder', 'account_holder', 'holder_id = gen_random_uuid()', ANN],
  ])('%s', async (_what, constraint, change, id) => {
    expect(await refusalOf(ledger.payments, `update ledger.account set ${change} where id = $1`, [id])).toBe(
      constraint,
    );
  });
});

interface RawTransfer {
  readonly organization_id: Uuid;
  readonly kind: string;
  readonly debit_account_id: Uuid;
  readonly credit_account_id: Uuid;
  readonly asset: string;
  readonly amount: number;
  readonly pending_id: Uuid | null;
  readonly debit_version: number;
  readonly credit_version: number;
  readonly debit_posted_after: number;
  readonly credit_posted_after: number;
  readonly debit_debits_pending_after: number;
}

/** A Transfer of 5 from OMNIBUS to Ann as it must be, and the change of both accounts that goes with it. */
const GOOD: RawTransfer = {
  organization_id: organizationId,
  kind: 'SINGLE',
  debit_account_id: OMNIBUS,
  credit_account_id: ANN,
  asset: 'USD',
  amount: 5,
  pending_id: null,
  debit_version: 2,
  credit_version: 3,
  debit_posted_after: 105,
  credit_posted_after: 105,
  debit_debits_pending_after: 0,
};

/** Runs the change of the accounts and one insert in a tx that is rolled back. */
async function insertRaw(change: Partial<RawTransfer>): Promise<string> {
  const row: RawTransfer = { ...GOOD, ...change };
  const client = new pg.Client({ connectionString: ledger.url, options: '-c role=omsx_payments_writer' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `update ledger.account set debits_posted = debits_posted + 5, version = version + 1 where id = $1`,
      [OMNIBUS],
    );
    await client.query(
      `update ledger.account set credits_posted = credits_posted + 5, version = version + 1 where id = $1`,
      [ANN],
    );
    await client.query(
      `insert into ledger.transfer (id, organization_id, journal_id, kind, debit_account_id, credit_account_id,
         asset, amount, pending_id, debit_version, credit_version, debit_posted_after, credit_posted_after,
         debit_debits_pending_after, debit_credits_pending_after, credit_debits_pending_after,
         credit_credits_pending_after, created_at)
       values (gen_random_uuid(), $1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 30, 0,
               now())`,
      Object.values(row),
    );
    return 'none';
  } catch (error) {
    return violatedConstraint(error) ?? String(error);
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

describe('an inserted Transfer is refused', () => {
  it('unless it agrees with everything', async () => {
    expect(await insertRaw({})).toBe('none');
  });

  it.each<[string, string, Partial<RawTransfer>]>([
    ['without an amount', 'transfer_amount_positive', { amount: 0 }],
    ['between an account and itself', 'transfer_accounts_differ', { debit_account_id: ANN }],
    ['of an unknown kind', 'transfer_kind', { kind: 'GIFT' }],
    ['that resolves nothing', 'transfer_resolves_a_hold', { kind: 'POST_PENDING' }],
    ['that takes a number again', 'transfer_debit_entry', { debit_version: 1 }],
    ['for another organization', 'transfer_agrees_with_accounts', { organization_id: otherOrganizationId }],
    ["to another organization's account", 'transfer_agrees_with_accounts', { credit_account_id: FOREIGN }],
    ['to an account that does not exist', 'transfer_agrees_with_accounts', { credit_account_id: HOLD }],
    ['in another asset', 'transfer_agrees_with_accounts', { asset: 'EUR' }],
    ['to an account of another asset', 'transfer_agrees_with_accounts', { credit_account_id: EUROS }],
    ['with a gap before it', 'transfer_agrees_with_accounts', { debit_version: 3 }],
    ['with another posted balance', 'transfer_agrees_with_accounts', { debit_posted_after: 104 }],
    ['with another posted balance there', 'transfer_agrees_with_accounts', { credit_posted_after: 104 }],
    ['with another pending sum', 'transfer_agrees_with_accounts', { debit_debits_pending_after: 1 }],
  ])('%s', async (_what, constraint, change) => {
    expect(await insertRaw(change)).toBe(constraint);
  });
});

/** Moves `amount` in a tx that is rolled back, in full agreement with the accounts, `skipped` numbers apart. */
const MOVE = `
  with debited as (
    update ledger.account set debits_posted = debits_posted + $3::numeric, version = version + $6::int
     where id = $1 returning *),
  credited as (
    update ledger.account set credits_posted = credits_posted + $3::numeric, version = version + $6::int
     where id = $2 returning *)
  select debited.version as debit_version, debited.credits_posted - debited.debits_posted as debit_credits,
         debited.normal_side as debit_side, debited.debits_pending as debit_debits_pending,
         debited.credits_pending as debit_credits_pending, credited.version as credit_version,
         credited.credits_posted - credited.debits_posted as credit_credits, credited.normal_side as credit_side,
         credited.debits_pending as credit_debits_pending, credited.credits_pending as credit_credits_pending,
         $4::text as kind, $5::uuid as pending_id
    from debited, credited`;

const INSERT_MOVED = `
  insert into ledger.transfer (id, organization_id, journal_id, kind, debit_account_id, credit_account_id, asset,
    amount, pending_id, debit_version, credit_version, debit_posted_after, credit_posted_after,
    debit_debits_pending_after, debit_credits_pending_after, credit_debits_pending_after,
    credit_credits_pending_after, created_at)
  select gen_random_uuid(), $1, gen_random_uuid(), $2, $3, $4, 'USD', $5, $6, version + $7, version + $8, $9, $10,
         $11, $12, $13, $14, now()
    from unnest($15::int[]) as version`;

async function insertMoved(
  from: Uuid,
  to: Uuid,
  amount: number,
  pendingId: Uuid | null,
  numbers: readonly number[] = [0],
): Promise<string> {
  const client = new pg.Client({ connectionString: ledger.url, options: '-c role=omsx_payments_writer' });
  await client.connect();
  try {
    await client.query('begin');
    const kind = pendingId === null ? 'SINGLE' : 'POST_PENDING';
    const steps = 1 - Math.min(...numbers);
    const { rows } = await client.query(MOVE, [from, to, amount, kind, pendingId, steps]);
    const [moved] = rows;
    const posted = (side: string, credits: number): number => (side === 'CREDIT' ? credits : -credits);
    await client.query(INSERT_MOVED, [
      organizationId,
      kind,
      from,
      to,
      amount,
      pendingId,
      moved.debit_version,
      moved.credit_version,
      posted(moved.debit_side, moved.debit_credits),
      posted(moved.credit_side, moved.credit_credits),
      moved.debit_debits_pending,
      moved.debit_credits_pending,
      moved.credit_debits_pending,
      moved.credit_credits_pending,
      numbers,
    ]);
    return 'none';
  } catch (error) {
    return violatedConstraint(error) ?? String(error);
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

describe('an inserted resolution is refused', () => {
  const FUNDING = scope.newId(10);

  it('unless it is of a Hold between its accounts and for no more', async () => {
    expect(await insertMoved(ANN, BEN, 30, HOLD)).toBe('none');
  });

  it.each<[string, Uuid, Uuid, number, Uuid]>([
    ['of something unknown', ANN, BEN, 1, ANN],
    ['of a Transfer that is no Hold', OMNIBUS, ANN, 1, FUNDING],
    ['for more than is held', ANN, BEN, 31, HOLD],
    ['from another account', OMNIBUS, BEN, 1, HOLD],
    ['to another account', ANN, OMNIBUS, 1, HOLD],
  ])('%s', async (_what, from, to, amount, pendingId) => {
    expect(await insertMoved(from, to, amount, pendingId)).toBe('transfer_resolves_its_hold');
  });
});

describe('several inserted Transfers', () => {
  it('are refused with a gap between them', async () => {
    expect(await insertMoved(OMNIBUS, ANN, 1, null, [-1, 0])).toBe('none');
    expect(await insertMoved(OMNIBUS, ANN, 1, null, [-2, 0])).toBe('transfer_agrees_with_accounts');
    // As many as there should be, but beyond the version of the accounts.
    expect(await insertMoved(OMNIBUS, ANN, 1, null, [-1, 1])).toBe('transfer_agrees_with_accounts');
  });
});

describe('row level security', () => {
  it('shows a reader one organization', async () => {
    const mine = await findAccounts(ledger.reader, organizationId, [ANN, FOREIGN]);
    expect(mine.map((account) => account?.id ?? null)).toEqual([ANN, null]);
    const theirs = await findAccounts(ledger.reader, otherOrganizationId, [ANN, FOREIGN]);
    expect(theirs.map((account) => account?.id ?? null)).toEqual([null, FOREIGN]);
  });

  it.each(['account', 'transfer', 'holder'])(
    'hides all of ledger.%s when no organization is set',
    async (table) => {
      expect(await refusalOf(ledger.reader, `select * from ledger.${table}`)).not.toBe('none');
    },
  );

  it('lets a reader write nothing', async () => {
    for (const text of ['update ledger.account set version = 1', 'delete from ledger.holder']) {
      expect(await refusalOf(ledger.reader, text)).toBe(NO_PRIVILEGE);
    }
  });

  it('lets the accounts subgraph open and close accounts, but not move money', async () => {
    expect(await refusalOf(ledger.accounts, 'update ledger.account set credits_posted = 1000000')).toBe(
      NO_PRIVILEGE,
    );
    expect(
      await refusalOf(ledger.accounts, 'insert into ledger.transfer (id) values (gen_random_uuid())'),
    ).toBe(NO_PRIVILEGE);
  });
});
