import { arrayOf, arrayOfDates, arrayOfText } from '../platform/arrays.ts';
import type { Uuid } from '../platform/id.ts';
import { invariant, present } from '../platform/invariant.ts';
import type { Tx } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import { ACCOUNT_COLUMNS, type LedgerAccount } from './account.ts';
import { type Journal, TRANSFER_COLUMNS, type Transfer } from './transfer.ts';

/** The ids that a batch will need; see `idsOf`. */
export interface LedgerIds {
  readonly accountIds: readonly Uuid[];
  /** Holds to be resolved; their accounts are locked with the others. */
  readonly pendingIds?: readonly Uuid[];
  /** Ids about to be posted, to find those that were posted before. */
  readonly transferIds?: readonly Uuid[];
}

/**
 * What a batch sees and changes: the locked accounts with the changes of this batch on top. Only `applyJournal`
 * changes it, only `flushState` writes it, and it ends with its tx.
 */
export interface LedgerState {
  /** Every id that was asked for: one that is asked for and not found does not exist. */
  readonly asked: ReadonlySet<Uuid>;
  readonly accounts: Map<Uuid, LedgerAccount>;
  /** Known Transfers by id: Holds, those posted before, those of this batch. */
  readonly transfers: Map<Uuid, Transfer>;
  /** Ids of Holds that are resolved. */
  readonly resolved: Set<Uuid>;
  /** The database's clock after the locks: for each account, Entries in order of version are in order of time. */
  readonly now: Date;
  /** Not written yet. */
  readonly changedAccountIds: Set<Uuid>;
  readonly newTransfers: Transfer[];
}

/** All ids that `journals` need, for `lockState`. */
export function idsOf(journals: readonly Journal[]): Required<LedgerIds> {
  const accountIds = new Set<Uuid>();
  const pendingIds = new Set<Uuid>();
  const transferIds = new Set<Uuid>();
  for (const journal of journals) {
    for (const transfer of journal.transfers) {
      transferIds.add(transfer.id);
      if (transfer.kind === 'SINGLE' || transfer.kind === 'PENDING') {
        accountIds.add(transfer.debitAccountId);
        accountIds.add(transfer.creditAccountId);
      } else {
        pendingIds.add(transfer.pendingId);
      }
    }
  }
  return { accountIds: [...accountIds], pendingIds: [...pendingIds], transferIds: [...transferIds] };
}

/**
 * The one lock order of the ledger is by id. NO KEY UPDATE, because FOR UPDATE was measured to deadlock with
 * the key-share locks of foreign keys. The accounts of Holds come from an InitPlan, so that all are one scan.
 */
const LOCK_ACCOUNTS = statement(
  'ledger.lock_accounts',
  `select ${ACCOUNT_COLUMNS} from ledger.account account
    where account.id = any($1::uuid[] || array(
      select unnest(array[hold.debit_account_id, hold.credit_account_id])
        from ledger.transfer hold where hold.id = any($2::uuid[])))
    order by account.id for no key update`,
);

const READ_TRANSFERS = statement(
  'ledger.read_transfers',
  `select ${TRANSFER_COLUMNS} from ledger.transfer transfer where transfer.id = any($1::uuid[])`,
);

const READ_RESOLUTIONS = statement(
  'ledger.read_resolutions',
  `select pending_id as "pendingId" from ledger.transfer where pending_id = any($1::uuid[])`,
);

const READ_CLOCK = statement('ledger.read_clock', 'select platform.now() as now');

/**
 * Postgres keeps a plan that it made when the tables were small, and reads them whole until their statistics
 * are renewed a minute later: measured 4 k transfers/s instead of 16 k, and 30 ms for a lone caller instead of
 * 2. All that a posting tx does goes by index, the proving trigger included.
 */
const USE_INDEXES = statement('ledger.use_indexes', "select set_config('enable_seqscan', 'off', true)");

/** For what a tx reads by index before `lockState`, which says the same. Sent before the first of it. */
export async function preferIndexes(tx: Tx): Promise<void> {
  await tx.rows(USE_INDEXES);
}

/**
 * Locks the accounts until the end of the tx and reads what deciding needs, in one round trip: the statements
 * are sent together, and under READ COMMITTED those after the locks see all that was committed before them.
 * Once a tx; two calls in one tx could deadlock with another process. Safe to retry with the whole tx.
 */
export async function lockState(tx: Tx, ids: LedgerIds): Promise<LedgerState> {
  const { accountIds, pendingIds = [], transferIds = [] } = ids;
  const [, accounts, transfers, resolutions, clock] = await Promise.all([
    preferIndexes(tx),
    tx.rows<LedgerAccount>(LOCK_ACCOUNTS, [uuidArray(accountIds), uuidArray(pendingIds)]),
    tx.rows<Transfer>(READ_TRANSFERS, [uuidArray([...transferIds, ...pendingIds])]),
    pendingIds.length === 0
      ? []
      : tx.rows<{ readonly pendingId: Uuid }>(READ_RESOLUTIONS, [uuidArray(pendingIds)]),
    tx.rows<{ readonly now: Date }>(READ_CLOCK),
  ]);
  return createState({
    asked: new Set([...accountIds, ...pendingIds, ...transferIds]),
    accounts,
    transfers,
    resolvedIds: resolutions.map((resolution) => resolution.pendingId),
    now: present(clock[0], 'the clock').now,
  });
}

/** A state from what is known. `lockState` is how a tx gets one; tests make their own. */
export function createState(known: {
  readonly asked: ReadonlySet<Uuid>;
  readonly accounts: readonly LedgerAccount[];
  readonly transfers: readonly Transfer[];
  readonly resolvedIds: readonly Uuid[];
  readonly now: Date;
}): LedgerState {
  return {
    asked: known.asked,
    accounts: new Map(known.accounts.map((account) => [account.id, account])),
    transfers: new Map(known.transfers.map((transfer) => [transfer.id, transfer])),
    resolved: new Set(known.resolvedIds),
    now: known.now,
    changedAccountIds: new Set(),
    newTransfers: [],
  };
}

/**
 * `version` only moves forward: a row that has moved on meanwhile is not counted, and the tx fails. The ids
 * stand in the condition once more, or a plan from the days of few accounts would read the whole index.
 */
const WRITE_ACCOUNTS = statement(
  'ledger.write_accounts',
  `with written as (
     update ledger.account
        set debits_pending = changed.debits_pending, debits_posted = changed.debits_posted,
            credits_pending = changed.credits_pending, credits_posted = changed.credits_posted,
            version = changed.version, closed_at = changed.closed_at
       from unnest($1::uuid[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::bigint[],
                   $7::timestamptz[])
            as changed(id, debits_pending, debits_posted, credits_pending, credits_posted, version, closed_at)
      where account.id = any($1::uuid[]) and account.id = changed.id and account.version < changed.version
     returning 1)
   select count(*) as count from written`,
);

/** Accounts are written before Transfers: the trigger on ledger.transfer proves that the two agree. */
const WRITE_TRANSFERS = statement(
  'ledger.write_transfers',
  `with written as (
     insert into ledger.transfer (id, organization_id, journal_id, kind, debit_account_id, credit_account_id,
       asset, amount, pending_id, expires_at, transaction_id, description, debit_version, debit_posted_after,
       debit_debits_pending_after, debit_credits_pending_after, credit_version, credit_posted_after,
       credit_debits_pending_after, credit_credits_pending_after, created_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[],
       $8::numeric[], $9::uuid[], $10::timestamptz[], $11::uuid[], $12::text[], $13::bigint[], $14::numeric[],
       $15::numeric[], $16::numeric[], $17::bigint[], $18::numeric[], $19::numeric[], $20::numeric[],
       $21::timestamptz[])
     returning 1)
   select count(*) as count from written`,
);

interface Written {
  readonly count: bigint;
}

/**
 * Writes what `applyJournal` changed, in one round trip: each account once, each new Transfer. May be called
 * again after more Journals. Safe to retry with the whole tx.
 *
 * @throws {InvariantError} when not every row was written; the tx must be abandoned.
 */
export async function flushState(tx: Tx, state: LedgerState): Promise<void> {
  const transfers = state.newTransfers.splice(0);
  if (transfers.length === 0) return;
  const accounts = [...state.changedAccountIds].map((id) => present(state.accounts.get(id), 'account'));
  state.changedAccountIds.clear();
  const [accountsWritten, transfersWritten] = await Promise.all([
    tx.rows<Written>(WRITE_ACCOUNTS, accountArrays(accounts)),
    tx.rows<Written>(WRITE_TRANSFERS, transferArrays(transfers)),
  ]);
  expectWritten(accountsWritten, accounts.length, 'accounts');
  expectWritten(transfersWritten, transfers.length, 'transfers');
}

function expectWritten(written: readonly Written[], expected: number, what: string): void {
  invariant(written[0]?.count === BigInt(expected), `${written[0]?.count} of ${expected} ${what} written`);
}

function accountArrays(accounts: readonly LedgerAccount[]): readonly string[] {
  return [
    arrayOf(accounts, (account) => account.id),
    arrayOf(accounts, (account) => account.debitsPending),
    arrayOf(accounts, (account) => account.debitsPosted),
    arrayOf(accounts, (account) => account.creditsPending),
    arrayOf(accounts, (account) => account.creditsPosted),
    arrayOf(accounts, (account) => account.version),
    arrayOfDates(accounts, (account) => account.closedAt),
  ];
}

function transferArrays(transfers: readonly Transfer[]): readonly string[] {
  return [
    arrayOf(transfers, (transfer) => transfer.id),
    arrayOf(transfers, (transfer) => transfer.organizationId),
    arrayOf(transfers, (transfer) => transfer.journalId),
    arrayOf(transfers, (transfer) => transfer.kind),
    arrayOf(transfers, (transfer) => transfer.debitAccountId),
    arrayOf(transfers, (transfer) => transfer.creditAccountId),
    arrayOf(transfers, (transfer) => transfer.asset),
    arrayOf(transfers, (transfer) => transfer.amount),
    arrayOf(transfers, (transfer) => transfer.pendingId),
    arrayOfDates(transfers, (transfer) => transfer.expiresAt),
    arrayOf(transfers, (transfer) => transfer.transactionId),
    arrayOfText(transfers, (transfer) => transfer.description),
    arrayOf(transfers, (transfer) => transfer.debitVersion),
    arrayOf(transfers, (transfer) => transfer.debitPostedAfter),
    arrayOf(transfers, (transfer) => transfer.debitDebitsPendingAfter),
    arrayOf(transfers, (transfer) => transfer.debitCreditsPendingAfter),
    arrayOf(transfers, (transfer) => transfer.creditVersion),
    arrayOf(transfers, (transfer) => transfer.creditPostedAfter),
    arrayOf(transfers, (transfer) => transfer.creditDebitsPendingAfter),
    arrayOf(transfers, (transfer) => transfer.creditCreditsPendingAfter),
    arrayOfDates(transfers, (transfer) => transfer.createdAt),
  ];
}

function uuidArray(ids: readonly Uuid[]): string {
  return arrayOf(ids, (id) => id);
}
