import type { Uuid } from '../../../platform/id.ts';

export type DepositAddressStatus = 'ACTIVE' | 'PAUSED' | 'CLOSED';

/** A row of chain.deposit_address with the address that it was given. */
export interface DepositAddressRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** The Wallet that is credited; it has the uuid of its Account. */
  readonly walletId: Uuid;
  /** Whose Wallet that is; null for the organization's own. */
  readonly customerId: Uuid | null;
  readonly network: string;
  readonly asset: string;
  readonly status: DepositAddressStatus;
  /** What it takes, in minor units; null for any amount. */
  readonly expectedMinor: bigint | null;
  /** Whether it takes money once. */
  readonly singleUse: boolean;
  /** Whether one of that kind has taken it, or is about to. */
  readonly isUsed: boolean;
  /** Lower case; null until the organization has a root and the Network is connected. */
  readonly address: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewDepositAddress = Omit<
  DepositAddressRow,
  'status' | 'isUsed' | 'address' | 'version' | 'createdAt' | 'updatedAt'
>;

/** Select list of what the row itself says, for a table named `place`. */
export const DEPOSIT_ADDRESS_COLUMNS = `place.id, place.organization_id as "organizationId", place.wallet_id as "walletId",
  place.customer_id as "customerId", place.network, place.asset, place.status, place.external_id as "externalId",
  place.expected_amount as "expectedMinor", place.single_use as "singleUse",
  place.metadata, place.version, place.created_at as "createdAt", place.updated_at as "updatedAt"`;
