import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import { WALLET_COLUMNS, type WalletRow } from './rows.ts';

/** Beyond every uuid that we make, so that "from the end of the list" needs no statement of its own. */
const UUID_MIN = '00000000-0000-0000-0000-000000000000';
const UUID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A page for each Customer: `limit + 1` steps along wallet_customer each, however many Wallets there are. */
function pageStatement(name: string, comparison: '<' | '>', order: 'asc' | 'desc'): Statement {
  return statement(
    name,
    `select page.* from unnest($1::uuid[]) as asked(customer_id)
      cross join lateral (
        select ${WALLET_COLUMNS} from wallets.wallet
         where wallet.customer_id = asked.customer_id and wallet.organization_id = $2
           and wallet.id ${comparison} $3
         order by wallet.id ${order} limit $4) as page`,
  );
}

const LIST_FORWARD = pageStatement('wallets.list_of_customers_forward', '<', 'desc');
const LIST_BACKWARD = pageStatement('wallets.list_of_customers_backward', '>', 'asc');

/**
 * The same page of the Wallets of several Customers in one statement: lists in the order of `customerIds`, each of
 * up to `limit + 1` rows in walking direction; empty for another organization's Customer. Safe to retry.
 */
export async function listWalletsOfCustomers(
  reads: Database,
  organizationId: Uuid,
  customerIds: readonly Uuid[],
  page: Page & { readonly from: Uuid | null },
): Promise<readonly (readonly WalletRow[])[]> {
  const rows = await reads.readRows<WalletRow>(organizationId, page.forward ? LIST_FORWARD : LIST_BACKWARD, [
    customerIds,
    organizationId,
    page.from ?? (page.forward ? UUID_MAX : UUID_MIN),
    page.limit + 1,
  ]);
  const lists = new Map<Uuid | null, WalletRow[]>(customerIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.customerId)?.push(row);
  return customerIds.map((id) => lists.get(id) ?? []);
}
