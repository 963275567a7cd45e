import type { EntityCache } from '../../../platform/cache.ts';
import type { CachedRows } from '../../../platform/cachedRows.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { WALLET_COLUMNS, type WalletRow } from './rows.ts';

/** By primary key, so the condition after it looks at rows that are read already. */
const FIND_WALLETS = statement(
  'wallets.find_wallets',
  `select ${WALLET_COLUMNS} from wallets.wallet
    where wallet.id = any($1::uuid[]) and wallet.organization_id = $2`,
);

/** The Wallets in the order of `ids`, null for one that this organization does not have. Safe to retry. */
export async function findWallets(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (WalletRow | null)[]> {
  const rows = await reads.readRows<WalletRow>(organizationId, FIND_WALLETS, [ids, organizationId]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** `findWallets` for joins, which come again and again: through the cache. */
export function cachedWallets(reads: Database, cache: EntityCache): CachedRows<WalletRow> {
  return {
    cache,
    kind: 'Wallet',
    dateFields: ['createdAt'],
    find: (organizationId, ids) => findWallets(reads, organizationId, ids),
  };
}
