import type { Uuid } from '../../../platform/id.ts';

export type WalletStatus = 'ACTIVE' | 'CLOSED';

/** A row of wallets.wallet. */
export interface WalletRow {
  /** The uuid of the ledger Account that backs it. */
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Null for a Wallet of the organization itself. */
  readonly customerId: Uuid | null;
  /** Code of the Network. */
  readonly network: string;
  /** Code of the Asset. */
  readonly asset: string;
  readonly name: string | null;
  readonly status: WalletStatus;
  /** Grows by one with each change. */
  readonly version: number;
  readonly createdAt: Date;
}

/** Select list that yields a `WalletRow`, for a table named or aliased `wallet`. */
export const WALLET_COLUMNS = `wallet.id, wallet.organization_id as "organizationId",
  wallet.customer_id as "customerId", wallet.network, wallet.asset, wallet.name, wallet.status, wallet.version,
  wallet.created_at as "createdAt"`;
