import { arrayOf } from '../../../platform/arrays.ts';
import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Transaction } from '../domain/transaction.ts';
import { ARRIVALS, type ArrivalKind } from './arrivals.ts';
import { TRANSACTION_COLUMNS, visibleTo } from './columns.ts';

/** A Wallet is listed as its Account, which has the same uuid. */
export type PartyKind = 'account' | 'customer' | ArrivalKind;

/** What has a list of Transactions: a party, or a place outside that they go to. */
export type ListedKind = PartyKind | 'externalAccount';

/** From a party or to it: each side has its own index, and both are read no further than the page. */
const STATEMENTS: Readonly<Record<ListedKind, { newest: Statement; oldest: Statement }>> = {
  account: { newest: listStatement('account', 'desc'), oldest: listStatement('account', 'asc') },
  customer: { newest: listStatement('customer', 'desc'), oldest: listStatement('customer', 'asc') },
  externalAccount: {
    newest: listStatement('externalAccount', 'desc'),
    oldest: listStatement('externalAccount', 'asc'),
  },
  ...ARRIVALS,
};

function listStatement(kind: Exclude<ListedKind, ArrivalKind>, order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `transaction.id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `transaction.id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')`;
  const columns =
    kind === 'externalAccount'
      ? ['destination_external_account_id']
      : [`source_${kind}_id`, `destination_${kind}_id`];
  const branch = (column: string): string =>
    `(select ${TRANSACTION_COLUMNS} from payments.transaction transaction
       where transaction.${column} = party.id and ${beyond} and ${visibleTo('$4')}
       order by transaction.id ${order} limit $3)`;
  return statement(
    `payments.list_transactions_of_${kind}_${order}`,
    `select party.id as "partyId", page.*
       from unnest($1::uuid[]) as party(id)
      cross join lateral (
        select * from (${columns.map(branch).join(' union ')}) found
         order by found.id ${order} limit $3) page
      order by page.id ${order}`,
  );
}

/** Up to `limit + 1` Transactions of each party, in the order of `partyIds`, in one statement. Safe to retry. */
export async function listTransactionsOf(
  reads: Database,
  viewer: Viewer,
  kind: ListedKind,
  partyIds: readonly Uuid[],
  page: Page,
): Promise<readonly (readonly Transaction[])[]> {
  const { newest, oldest } = STATEMENTS[kind];
  const rows = await reads.readRows<Transaction & { readonly partyId: Uuid }>(
    viewer.organizationId,
    page.forward ? newest : oldest,
    [arrayOf(partyIds, (id) => id), page.from, page.limit + 1, viewer.customerId ?? null],
  );
  const lists = new Map<Uuid, Transaction[]>(partyIds.map((id) => [id, []]));
  for (const { partyId, ...transaction } of rows) lists.get(partyId)?.push(transaction);
  return partyIds.map((id) => lists.get(id) ?? []);
}
