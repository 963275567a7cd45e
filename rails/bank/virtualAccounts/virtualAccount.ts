import type { Uuid } from '../../../platform/id.ts';
import type { ReachingRail } from '../externalAccounts/externalAccount.ts';

export type VirtualAccountType = 'US_BANK' | 'IBAN' | 'CLABE';
export type VirtualAccountStatus = 'ACTIVE' | 'PAUSED' | 'CLOSED';

/** What arrives at each kind, and how. */
export const ARRIVES_BY: Readonly<
  Record<VirtualAccountType, { readonly asset: string; readonly rails: readonly ReachingRail[] }>
> = {
  US_BANK: { asset: 'USD', rails: ['ACH', 'WIRE'] },
  IBAN: { asset: 'EUR', rails: ['SEPA'] },
  CLABE: { asset: 'MXN', rails: ['SPEI'] },
};

export function isVirtualAccountType(value: string): value is VirtualAccountType {
  return Object.hasOwn(ARRIVES_BY, value);
}

export interface VirtualAccountRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Null for the organization's own. */
  readonly customerId: Uuid | null;
  /** The Account that is credited; a Wallet has its uuid. */
  readonly accountId: Uuid;
  readonly byWallet: boolean;
  readonly type: VirtualAccountType;
  /** What arrives. */
  readonly asset: string;
  /** What it is converted into as it is credited, which is what the Account counts; null where that is the same. */
  readonly convertsTo: string | null;
  /** Who earns a share of each conversion, and how much of it; both null for nobody. */
  readonly feeAccountId: Uuid | null;
  readonly feePartsPerMillion: bigint | null;
  readonly status: VirtualAccountStatus;
  readonly issuer: string;
  readonly bankName: string;
  readonly bankCode: string | null;
  readonly accountNumber: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewVirtualAccount
  extends Omit<VirtualAccountRow, 'status' | 'version' | 'createdAt' | 'updatedAt'> {
  readonly fingerprint: Uint8Array;
}

/** Select list that yields a `VirtualAccountRow`. */
export const VIRTUAL_ACCOUNT_COLUMNS = `id, organization_id as "organizationId", customer_id as "customerId",
  account_id as "accountId", by_wallet as "byWallet", type, asset, converts_to as "convertsTo",
  fee_account_id as "feeAccountId", fee_parts_per_million::bigint as "feePartsPerMillion", status, issuer, bank_name as "bankName",
  bank_code as "bankCode", account_number as "accountNumber", external_id as "externalId", metadata, version,
  created_at as "createdAt", updated_at as "updatedAt"`;
