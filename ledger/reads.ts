import { arrayOf } from '../platform/arrays.ts';
import type { Uuid } from '../platform/id.ts';
import { invariant } from '../platform/invariant.ts';
import type { Database } from '../platform/postgres.ts';
import { type Statement, statement } from '../platform/statement.ts';
import { ACCOUNT_COLUMNS, type AccountKind, type LedgerAccount, type Side } from './account.ts';
import { type Balance, balanceAfter } from './balance.ts';

/** Rows that one read may ask for: a page of 100, one more, for as many parents as a page has. */
export const READ_ROWS_MAX = 10_100;

export interface AccountFilter {
  readonly kinds?: readonly AccountKind[];
  readonly asset?: string;
  readonly holderId?: Uuid;
}

/**
 * A page in one direction. `afterId` and `beforeId` are exclusive and count in the order of the list: with
 * `newestFirst`, what comes after an id is older. For the last rows of a list ask in the other order and turn
 * the rows round.
 */
export interface AccountPage {
  readonly afterId?: Uuid;
  readonly beforeId?: Uuid;
  /** Ask for one more than a page to know whether there are more. */
  readonly limit: number;
  readonly newestFirst: boolean;
}

const FIND_ACCOUNTS = statement(
  'ledger.find_accounts',
  `select ${ACCOUNT_COLUMNS} from ledger.account account where account.id = any($1::uuid[])`,
);

/** The Accounts in the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findAccounts(
  database: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (LedgerAccount | null)[]> {
  if (ids.length === 0) return [];
  const rows = await database.readRows<LedgerAccount>(organizationId, FIND_ACCOUNTS, [
    arrayOf(ids, (id) => id),
  ]);
  const found = new Map(rows.map((account) => [account.id, account]));
  return ids.map((id) => found.get(id) ?? null);
}

/**
 * Index account_organization, or account_holder when the holder is given: each order and index is a statement
 * of its own, so that the plan that Postgres keeps fits.
 */
const LIST_ACCOUNTS = {
  asc: listStatement('asc', false),
  desc: listStatement('desc', false),
  ascOfHolder: listStatement('asc', true),
  descOfHolder: listStatement('desc', true),
};

/** Bounds that leave a side open. Bare parameters: row level security keeps a coalesce out of the index condition. */
const UUID_MIN = '00000000-0000-0000-0000-000000000000';
const UUID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

function listStatement(order: 'asc' | 'desc', ofHolder: boolean): Statement {
  return statement(
    `ledger.list_accounts_${order}${ofHolder ? '_of_holder' : ''}`,
    `select ${ACCOUNT_COLUMNS} from ledger.account account
      where account.organization_id = $1 and ${ofHolder ? 'account.holder_id = $7' : '$7::uuid is null'}
        and account.id > $2 and account.id < $3
        and ($4::text[] is null or account.kind = any($4))
        and ($5::text is null or account.asset = $5)
      order by account.id ${order} limit $6`,
  );
}

/** Up to `limit` Accounts of an organization or of one holder. Safe to retry. */
export async function listAccounts(
  database: Database,
  organizationId: Uuid,
  filter: AccountFilter,
  page: AccountPage,
): Promise<readonly LedgerAccount[]> {
  invariant(page.limit > 0 && page.limit <= READ_ROWS_MAX, `limit is ${page.limit}`);
  const { afterId = null, beforeId = null } = page;
  const [above, below] = page.newestFirst ? [beforeId, afterId] : [afterId, beforeId];
  const ofHolder = filter.holderId !== undefined;
  const ascending = ofHolder ? LIST_ACCOUNTS.ascOfHolder : LIST_ACCOUNTS.asc;
  const descending = ofHolder ? LIST_ACCOUNTS.descOfHolder : LIST_ACCOUNTS.desc;
  return await database.readRows<LedgerAccount>(organizationId, page.newestFirst ? descending : ascending, [
    organizationId,
    above ?? UUID_MIN,
    below ?? UUID_MAX,
    filter.kinds === undefined ? null : arrayOf(filter.kinds, (kind) => kind),
    filter.asset ?? null,
    page.limit,
    filter.holderId ?? null,
  ]);
}

interface BalanceRow {
  readonly id: Uuid;
  readonly normalSide: Side;
  readonly version: bigint;
  readonly posted: bigint;
  readonly debitsPending: bigint;
  readonly creditsPending: bigint;
}

const BALANCES_AT = statement(
  'ledger.balances_at',
  `select account.id, account.normal_side as "normalSide", point.version,
          coalesce(entry.posted, 0) as posted, coalesce(entry.debits_pending, 0) as "debitsPending",
          coalesce(entry.credits_pending, 0) as "creditsPending"
     from ledger.account account
    cross join lateral (select ledger.version_at(account.id, $2::timestamptz) as version) point
     left join lateral (
       select debit_posted_after as posted, debit_debits_pending_after as debits_pending,
              debit_credits_pending_after as credits_pending
         from ledger.transfer where debit_account_id = account.id and debit_version = point.version
       union all
       select credit_posted_after, credit_debits_pending_after, credit_credits_pending_after
         from ledger.transfer where credit_account_id = account.id and credit_version = point.version) entry
       on true
    where account.id = any($1::uuid[])`,
);

/**
 * What the Accounts held at `at` (Entries of that very instant included), in order; null for one that is not
 * this organization's. O(log Entries) each: see `ledger.version_at`. Safe to retry.
 */
export async function balancesAt(
  database: Database,
  organizationId: Uuid,
  accountIds: readonly Uuid[],
  at: Date,
): Promise<readonly (Balance | null)[]> {
  if (accountIds.length === 0) return [];
  const rows = await database.readRows<BalanceRow>(organizationId, BALANCES_AT, [
    arrayOf(accountIds, (id) => id),
    at.toISOString(),
  ]);
  const found = new Map(rows.map((row) => [row.id, balanceAfter(row)]));
  return accountIds.map((id) => found.get(id) ?? null);
}
