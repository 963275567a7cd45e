import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import {
  EXTERNAL_ACCOUNT_COLUMNS,
  type ExternalAccountRow,
  type ExternalAccountStatus,
  type ExternalAccountType,
} from './externalAccount.ts';

type UuidPage = Page & { readonly from: Uuid | null };

/** All hold at once; what is null does not matter. */
export interface ExternalAccountConditions {
  readonly customerId: Uuid | null;
  readonly types: readonly ExternalAccountType[] | null;
  readonly statuses: readonly ExternalAccountStatus[] | null;
  readonly externalIds: readonly string[] | null;
}

/** Beyond every uuid that we make, so that "from the end of the list" needs no statement of its own. */
const UUID_MIN = '00000000-0000-0000-0000-000000000000';
const UUID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const FIND = statement(
  'bank.find_external_accounts',
  `select ${EXTERNAL_ACCOUNT_COLUMNS} from bank.external_account where organization_id = $1 and id = any($2::uuid[])`,
);

/** In the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findExternalAccounts(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (ExternalAccountRow | null)[]> {
  const rows = await reads.readRows<ExternalAccountRow>(organizationId, FIND, [organizationId, ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

const LIST = { desc: listStatement('desc', '<'), asc: listStatement('asc', '>') };

function listStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `bank.list_external_accounts_${order}`,
    `select ${EXTERNAL_ACCOUNT_COLUMNS} from bank.external_account
      where organization_id = $1 and id ${beyond} $2 and ($4::uuid is null or customer_id = $4)
        and ($5::text[] is null or type = any($5)) and ($6::text[] is null or status = any($6))
        and ($7::text[] is null or external_id = any($7))
      order by id ${order} limit $3`,
  );
}

/** One row more than the page, on from its key. Index external_account_organization. Safe to retry. */
export function listExternalAccounts(
  reads: Database,
  organizationId: Uuid,
  conditions: ExternalAccountConditions,
  page: UuidPage,
): Promise<readonly ExternalAccountRow[]> {
  const { customerId, types, statuses, externalIds } = conditions;
  const from = page.from ?? (page.forward ? UUID_MAX : UUID_MIN);
  return reads.readRows<ExternalAccountRow>(organizationId, page.forward ? LIST.desc : LIST.asc, [
    organizationId,
    from,
    page.limit + 1,
    customerId,
    types,
    statuses,
    externalIds,
  ]);
}

const LIST_OF = { desc: listOfStatement('desc', '<'), asc: listOfStatement('asc', '>') };

function listOfStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `bank.list_external_accounts_of_customers_${order}`,
    `select account.* from unnest($1::uuid[]) as asked(customer_id)
      cross join lateral (
        select ${EXTERNAL_ACCOUNT_COLUMNS} from bank.external_account
         where external_account.customer_id = asked.customer_id and organization_id = $2 and id ${beyond} $3
         order by id ${order} limit $4) account
      order by account."customerId", account.id ${order}`,
  );
}

/** The same page for several customers in one statement, in the order of `customerIds`. Safe to retry. */
export async function listExternalAccountsOf(
  reads: Database,
  organizationId: Uuid,
  customerIds: readonly Uuid[],
  page: UuidPage,
): Promise<readonly (readonly ExternalAccountRow[])[]> {
  const from = page.from ?? (page.forward ? UUID_MAX : UUID_MIN);
  const rows = await reads.readRows<ExternalAccountRow>(
    organizationId,
    page.forward ? LIST_OF.desc : LIST_OF.asc,
    [customerIds, organizationId, from, page.limit + 1],
  );
  const lists = new Map<Uuid, ExternalAccountRow[]>(customerIds.map((id) => [id, []]));
  for (const row of rows) if (row.customerId !== null) lists.get(row.customerId)?.push(row);
  return customerIds.map((id) => lists.get(id) ?? []);
}
