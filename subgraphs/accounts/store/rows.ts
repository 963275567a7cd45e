import type { Uuid } from '../../../platform/id.ts';
import type { Profile } from '../domain/customer.ts';

/** Rows as they are read. Resolvers decide what of them is shown. */
export interface OrganizationRow {
  readonly id: Uuid;
  readonly name: string;
  readonly mode: 'SANDBOX' | 'LIVE';
  readonly createdAt: Date;
}

/** Without the HMAC, which the request path may not even select. */
export interface ApiKeyRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface CustomerRow extends Profile {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly externalId: string | null;
  /** Grows by one with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
