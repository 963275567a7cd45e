import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** Of a Customer with more, the newest: what the older ones did on a chain is then not shown, which is the safe side. */
const WALLETS_MAX = 1_000;

const FIND_WALLET_IDS = statement(
  'wallets.find_wallet_ids_of_customer',
  `select id from wallets.wallet where customer_id = $1 and organization_id = $2 order by id desc limit ${WALLETS_MAX}`,
);

/** The Wallets of a Customer, which are also the uuids of their Accounts. Safe to retry. */
export async function findWalletIdsOfCustomer(
  reads: Database,
  organizationId: Uuid,
  customerId: Uuid,
): Promise<readonly Uuid[]> {
  const rows = await reads.readRows<{ readonly id: Uuid }>(organizationId, FIND_WALLET_IDS, [
    customerId,
    organizationId,
  ]);
  return rows.map(({ id }) => id);
}
