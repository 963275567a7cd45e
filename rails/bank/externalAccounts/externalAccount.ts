import type { Uuid } from '../../../platform/id.ts';
import type { BankRailName, RailName } from '../../port.ts';
import { BANK_ACCOUNT_TYPES } from '../catalog/rail.ts';

export const EXTERNAL_ACCOUNT_TYPES = [...BANK_ACCOUNT_TYPES, 'CHAIN_ADDRESS'] as const;
export type ExternalAccountType = (typeof EXTERNAL_ACCOUNT_TYPES)[number];
export type ExternalAccountStatus = 'PENDING_VERIFICATION' | 'VERIFIED' | 'DECLINED' | 'CLOSED';
export type Verification = 'INSTANT' | 'MICRO_DEPOSITS' | 'ATTESTATION';
export type ReachingRail = BankRailName | Extract<RailName, 'ONCHAIN'>;

/** What each kind of place can be sent, and how; null where the client says which. */
export const REACHED_BY: Readonly<
  Record<ExternalAccountType, { readonly asset: string | null; readonly rails: readonly ReachingRail[] }>
> = {
  US_BANK: { asset: 'USD', rails: ['ACH', 'WIRE'] },
  IBAN: { asset: 'EUR', rails: ['SEPA'] },
  CLABE: { asset: 'MXN', rails: ['SPEI'] },
  PIX_KEY: { asset: 'BRL', rails: ['PIX'] },
  UPI_ID: { asset: 'INR', rails: ['UPI'] },
  UK_BANK: { asset: 'GBP', rails: ['FPS'] },
  CHAIN_ADDRESS: { asset: null, rails: ['ONCHAIN'] },
};

/** As it is read; what is sealed is opened by `openDetails` only. */
export interface ExternalAccountRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Null for the organization's own. */
  readonly customerId: Uuid | null;
  readonly type: ExternalAccountType;
  readonly assets: readonly string[];
  readonly network: string | null;
  readonly status: ExternalAccountStatus;
  readonly verification: Verification;
  readonly reason: string | null;
  readonly attestation: string | null;
  readonly bankCode: string | null;
  readonly maskedNumber: string;
  readonly maskedOwner: string;
  readonly sealed: Uint8Array;
  readonly microTries: number;
  readonly microExpiresAt: Date | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Select list that yields an `ExternalAccountRow`. */
export const EXTERNAL_ACCOUNT_COLUMNS = `id, organization_id as "organizationId", customer_id as "customerId", type, assets, network,
  status, verification, reason, attestation, bank_code as "bankCode", masked_number as "maskedNumber",
  masked_owner as "maskedOwner", sealed, micro_tries as "microTries", micro_expires_at as "microExpiresAt",
  external_id as "externalId", metadata, version, created_at as "createdAt", updated_at as "updatedAt"`;
