import { ACCOUNT_COLUMNS, type LedgerAccount } from '../../../ledger/account.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import type { UuidPage } from './keyset.ts';

/** Bounds beyond every uuidv7, for a page that starts at an end of the list. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Index account_holder, once for each Customer, so that a page costs what it returns. The bound is a bare
 * parameter: row level security keeps `coalesce` out of the index condition, as it may leak.
 */
const LIST_OF_HOLDERS = { desc: listStatement('desc', '<'), asc: listStatement('asc', '>') };

function listStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `accounts.list_accounts_of_holders_${order}`,
    `select account.* from unnest($1::uuid[]) as holder(id)
      cross join lateral (
        select ${ACCOUNT_COLUMNS} from ledger.account account
         where account.holder_id = holder.id and account.organization_id = $2
           and account.id ${beyond} $3
         order by account.id ${order} limit $4) account
      order by account."holderId", account.id ${order}`,
  );
}

/** The same page of the Accounts of several Customers in one statement, in the order of `holderIds`. */
export async function listAccountsOfHolders(
  database: Database,
  organizationId: Uuid,
  holderIds: readonly Uuid[],
  page: UuidPage,
): Promise<readonly (readonly LedgerAccount[])[]> {
  const rows = await database.readRows<LedgerAccount>(
    organizationId,
    page.forward ? LIST_OF_HOLDERS.desc : LIST_OF_HOLDERS.asc,
    [holderIds, organizationId, page.from ?? (page.forward ? LAST_ID : FIRST_ID), page.limit + 1],
  );
  const lists = new Map<Uuid, LedgerAccount[]>(holderIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.holderId)?.push(row);
  return holderIds.map((id) => lists.get(id) ?? []);
}

export type LockedAccount = Pick<LedgerAccount, 'id' | 'organizationId' | 'holderId' | 'closedAt'>;

const LOCK = statement(
  'accounts.lock_accounts',
  `select id, organization_id as "organizationId", holder_id as "holderId", closed_at as "closedAt"
     from ledger.account where id = any($1::uuid[]) order by id for no key update`,
);

/** Locks Accounts until the end of the tx, in the ledger's one order, so that a batch can close several. */
export async function lockAccounts(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, LockedAccount>> {
  const rows = await tx.rows<LockedAccount>(LOCK, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}
