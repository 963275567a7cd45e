import { arrayOf } from '../platform/arrays.ts';
import type { Uuid } from '../platform/id.ts';
import { invariant } from '../platform/invariant.ts';
import type { Database } from '../platform/postgres.ts';
import { type Statement, statement } from '../platform/statement.ts';
import type { Side } from './account.ts';
import { type Balance, balanceAfter } from './balance.ts';
import { READ_ROWS_MAX } from './reads.ts';
import type { TransferKind } from './transfer.ts';

/** One side of a Transfer as its Account sees it. */
export interface Entry {
  readonly accountId: Uuid;
  /** Gap-free from 1 for each Account; the key of its pages. */
  readonly version: bigint;
  readonly transferId: Uuid;
  readonly journalId: Uuid;
  readonly transactionId: Uuid | null;
  readonly kind: TransferKind;
  readonly side: Side;
  readonly otherAccountId: Uuid;
  readonly asset: string;
  /** Minor units, always positive; `side` says which way. */
  readonly amount: bigint;
  readonly pendingId: Uuid | null;
  readonly expiresAt: Date | null;
  readonly description: string | null;
  readonly balanceAfter: Balance;
  readonly createdAt: Date;
}

/** From `from` (inclusive) to `to` (exclusive). */
export interface EntryRange {
  readonly from?: Date;
  readonly to?: Date;
}

/** As `AccountPage`, with versions for ids: `afterVersion` counts in the order of the list. */
export interface EntryPage {
  readonly afterVersion?: bigint;
  readonly beforeVersion?: bigint;
  readonly limit: number;
  readonly newestFirst: boolean;
}

const LIST_ENTRIES = { asc: listStatement('asc'), desc: listStatement('desc') };

/**
 * Both sides come from their unique index in the order of the page and each stops at the limit, so that a page
 * costs what it returns and not what the Account has. A range in time becomes a range of versions.
 */
function listStatement(order: 'asc' | 'desc'): Statement {
  return statement(
    `ledger.list_entries_${order}`,
    `select entry.*, account.id as "accountId", account.normal_side as "normalSide"
       from ledger.account account
      cross join lateral (
        select coalesce($2::bigint, 0) as above, coalesce($3::bigint, account.version + 1) as below,
               case when $4::timestamptz is null then 0
                    else ledger.version_at(account.id, $4::timestamptz - interval '1 microsecond') end as from_above,
               case when $5::timestamptz is null then account.version
                    else ledger.version_at(account.id, $5::timestamptz - interval '1 microsecond') end as up_to) range
      cross join lateral (
        (${sideOf('debit', 'credit', order)})
        union all
        (${sideOf('credit', 'debit', order)})
        order by version ${order} limit $6) entry
      where account.id = any($1::uuid[])
      order by account.id, entry.version ${order}`,
  );
}

function sideOf(own: 'debit' | 'credit', other: 'debit' | 'credit', order: 'asc' | 'desc'): string {
  return `select transfer.id as "transferId", transfer.${own}_version as version, '${own.toUpperCase()}' as side,
            transfer.journal_id as "journalId", transfer.transaction_id as "transactionId", transfer.kind,
            transfer.${other}_account_id as "otherAccountId", transfer.asset, transfer.amount,
            transfer.pending_id as "pendingId", transfer.expires_at as "expiresAt", transfer.description,
            transfer.${own}_posted_after as posted, transfer.${own}_debits_pending_after as "debitsPending",
            transfer.${own}_credits_pending_after as "creditsPending", transfer.created_at as "createdAt"
       from ledger.transfer transfer
      where transfer.${own}_account_id = account.id
        and transfer.${own}_version > greatest(range.above, range.from_above)
        and transfer.${own}_version < least(range.below, range.up_to + 1)
      order by transfer.${own}_version ${order} limit $6`;
}

interface EntryRow extends Omit<Entry, 'balanceAfter'> {
  readonly normalSide: Side;
  readonly posted: bigint;
  readonly debitsPending: bigint;
  readonly creditsPending: bigint;
}

/** Up to `limit` Entries of one Account; none when it is not this organization's. Safe to retry. */
export async function listEntries(
  database: Database,
  organizationId: Uuid,
  accountId: Uuid,
  range: EntryRange,
  page: EntryPage,
): Promise<readonly Entry[]> {
  const [entries] = await listEntriesOfMany(database, organizationId, [accountId], range, page);
  return entries ?? [];
}

/** The same page of several Accounts in one statement, lists in the order of `accountIds`. Safe to retry. */
export async function listEntriesOfMany(
  database: Database,
  organizationId: Uuid,
  accountIds: readonly Uuid[],
  range: EntryRange,
  page: EntryPage,
): Promise<readonly (readonly Entry[])[]> {
  if (accountIds.length === 0) return [];
  const rowsMax = page.limit * accountIds.length;
  invariant(page.limit > 0 && rowsMax <= READ_ROWS_MAX, `${accountIds.length} pages of ${page.limit}`);
  const { afterVersion = null, beforeVersion = null } = page;
  const [above, below] = page.newestFirst ? [beforeVersion, afterVersion] : [afterVersion, beforeVersion];
  const rows = await database.readRows<EntryRow>(
    organizationId,
    page.newestFirst ? LIST_ENTRIES.desc : LIST_ENTRIES.asc,
    [
      arrayOf(accountIds, (id) => id),
      above,
      below,
      range.from?.toISOString() ?? null,
      range.to?.toISOString() ?? null,
      page.limit,
    ],
  );
  const lists = new Map<Uuid, Entry[]>(accountIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.accountId)?.push(toEntry(row));
  return accountIds.map((id) => lists.get(id) ?? []);
}

function toEntry(row: EntryRow): Entry {
  const {
    normalSide: _normalSide,
    posted: _posted,
    debitsPending: _debits,
    creditsPending: _credits,
    ...entry
  } = row;
  return { ...entry, balanceAfter: balanceAfter(row) };
}
