import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { WALLET_COLUMNS, type WalletRow } from './rows.ts';

/** By primary key, so the two conditions after it look at rows that are read already. */
const FIND_WALLETS = statement(
  'wallets.find_wallets',
  `select ${WALLET_COLUMNS} from wallets.wallet
    where wallet.id = any($1::uuid[]) and wallet.organization_id = $2
      and ($3::uuid is null or wallet.customer_id = $3)`,
);

/**
 * The Wallets in the order of `ids`, null for one that this organization does not have or, with `customerId`,
 * that is not kept for this Customer. Safe to retry.
 */
export async function findWallets(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
  customerId: Uuid | null,
): Promise<readonly (WalletRow | null)[]> {
  const rows = await reads.readRows<WalletRow>(organizationId, FIND_WALLETS, [
    ids,
    organizationId,
    customerId,
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
