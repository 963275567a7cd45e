import type { Uuid } from '../../../platform/id.ts';
import type { Customer } from '../domain/customer.ts';
import type { CustomerScreening } from '../domain/customerScreening.ts';
import type { Endorsement, EndorsementPolicy } from '../domain/endorsement.ts';

/** Rows as they are read. Resolvers decide what of them is shown. */
export interface OrganizationRow {
  readonly id: Uuid;
  readonly name: string;
  readonly mode: 'SANDBOX' | 'LIVE';
  readonly endorsementPolicy: EndorsementPolicy;
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

export type CustomerRow = Customer;

export interface CustomerScreeningRow extends CustomerScreening {
  readonly screenedAt: Date;
}

/** As it is read for the graph. */
export interface EndorsementRow extends Endorsement {
  readonly requestedAt: Date;
  readonly updatedAt: Date;
}
