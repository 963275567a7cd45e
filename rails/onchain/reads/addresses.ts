import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

const FIND_DEPOSIT_ADDRESSES = statement(
  'chain.find_deposit_addresses',
  `select wallet_id as "walletId", address from chain.address
    where wallet_id = any($1::uuid[]) and organization_id = $2 and deposit_address_id is null`,
);

/** Lower-case addresses in the order of `walletIds`, null for a Wallet without one. Role omsx_wallets. Safe to retry. */
export async function findDepositAddresses(
  reads: Database,
  organizationId: Uuid,
  walletIds: readonly Uuid[],
): Promise<readonly (string | null)[]> {
  const rows = await reads.readRows<{ readonly walletId: Uuid; readonly address: string }>(
    organizationId,
    FIND_DEPOSIT_ADDRESSES,
    [walletIds, organizationId],
  );
  const byWallet = new Map(rows.map(({ walletId, address }) => [walletId, address]));
  return walletIds.map((id) => byWallet.get(id) ?? null);
}

const FIND_CUSTODY_ADDRESS = statement(
  'chain.find_custody_address',
  `select address from chain.address
    where network = $1 and organization_id = $2 and purpose = 'CUSTODY'`,
);

/** Where the organization's sends on a Network go from; null before it has a root. Role omsx_wallets. Safe to retry. */
export async function findCustodyAddress(
  reads: Database,
  organizationId: Uuid,
  network: string,
): Promise<string | null> {
  const [row] = await reads.readRows<{ readonly address: string }>(organizationId, FIND_CUSTODY_ADDRESS, [
    network,
    organizationId,
  ]);
  return row?.address ?? null;
}
