import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import {
  VIRTUAL_ACCOUNT_COLUMNS,
  type VirtualAccountRow,
  type VirtualAccountStatus,
} from './virtualAccount.ts';

type UuidPage = Page & { readonly from: Uuid | null };

const UUID_MIN = '00000000-0000-0000-0000-000000000000';
const UUID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const FIND = statement(
  'bank.find_virtual_accounts',
  `select ${VIRTUAL_ACCOUNT_COLUMNS} from bank.virtual_account where organization_id = $1 and id = any($2::uuid[])`,
);

/** In the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findVirtualAccounts(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (VirtualAccountRow | null)[]> {
  const rows = await reads.readRows<VirtualAccountRow>(organizationId, FIND, [organizationId, ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

const LIST = { desc: listStatement('desc', '<'), asc: listStatement('asc', '>') };

function listStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `bank.list_virtual_accounts_${order}`,
    `select ${VIRTUAL_ACCOUNT_COLUMNS} from bank.virtual_account
      where organization_id = $1 and id ${beyond} $2 and ($4::uuid is null or customer_id = $4)
        and ($5::text[] is null or status = any($5))
      order by id ${order} limit $3`,
  );
}

/** One row more than the page, on from its key; what is null does not matter. Safe to retry. */
export function listVirtualAccounts(
  reads: Database,
  organizationId: Uuid,
  conditions: {
    readonly customerId: Uuid | null;
    readonly statuses: readonly VirtualAccountStatus[] | null;
  },
  page: UuidPage,
): Promise<readonly VirtualAccountRow[]> {
  const from = page.from ?? (page.forward ? UUID_MAX : UUID_MIN);
  const { customerId, statuses } = conditions;
  return reads.readRows<VirtualAccountRow>(organizationId, page.forward ? LIST.desc : LIST.asc, [
    organizationId,
    from,
    page.limit + 1,
    customerId,
    statuses,
  ]);
}

const LIST_OF = { desc: listOfStatement('desc', '<'), asc: listOfStatement('asc', '>') };

function listOfStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `bank.list_virtual_accounts_of_customers_${order}`,
    `select account.* from unnest($1::uuid[]) as asked(customer_id)
      cross join lateral (
        select ${VIRTUAL_ACCOUNT_COLUMNS} from bank.virtual_account
         where virtual_account.customer_id = asked.customer_id and organization_id = $2 and id ${beyond} $3
         order by id ${order} limit $4) account
      order by account."customerId", account.id ${order}`,
  );
}

/** The same page for several customers in one statement, in the order of `customerIds`. Safe to retry. */
export async function listVirtualAccountsOf(
  reads: Database,
  organizationId: Uuid,
  customerIds: readonly Uuid[],
  page: UuidPage,
): Promise<readonly (readonly VirtualAccountRow[])[]> {
  const from = page.from ?? (page.forward ? UUID_MAX : UUID_MIN);
  const rows = await reads.readRows<VirtualAccountRow>(
    organizationId,
    page.forward ? LIST_OF.desc : LIST_OF.asc,
    [customerIds, organizationId, from, page.limit + 1],
  );
  const lists = new Map<Uuid, VirtualAccountRow[]>(customerIds.map((id) => [id, []]));
  for (const row of rows) if (row.customerId !== null) lists.get(row.customerId)?.push(row);
  return customerIds.map((id) => lists.get(id) ?? []);
}
