import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import type { ApiKeyRow, CustomerRow, OrganizationRow } from './rows.ts';

/** Tables as TypeORM reads them. No relations: edges are Loaders, and nothing is saved through an entity. */
const schema = 'accounts';

function uuid(name: string): EntitySchemaColumnOptions {
  return { name, type: 'uuid' };
}

function text(name: string): EntitySchemaColumnOptions {
  return { name, type: 'text', nullable: true };
}

function instant(name: string): EntitySchemaColumnOptions {
  return { name, type: 'timestamptz', nullable: true };
}

export const OrganizationEntity = new EntitySchema<OrganizationRow>({
  name: 'OrganizationRow',
  schema,
  tableName: 'organization',
  columns: {
    id: { ...uuid('id'), primary: true },
    name: text('name'),
    mode: text('mode'),
    endorsementPolicy: text('endorsement_policy'),
    createdAt: instant('created_at'),
  },
});

export const ApiKeyEntity = new EntitySchema<ApiKeyRow>({
  name: 'ApiKeyRow',
  schema,
  tableName: 'api_key',
  columns: {
    id: { ...uuid('id'), primary: true },
    organizationId: uuid('organization_id'),
    name: text('name'),
    prefix: text('prefix'),
    scopes: { name: 'scopes', type: 'text', array: true },
    createdAt: instant('created_at'),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
});

export const CustomerEntity = new EntitySchema<CustomerRow>({
  name: 'CustomerRow',
  schema,
  tableName: 'customer',
  columns: {
    id: { ...uuid('id'), primary: true },
    organizationId: uuid('organization_id'),
    type: text('type'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    legalName: text('legal_name'),
    email: text('email'),
    externalId: text('external_id'),
    metadata: { name: 'metadata', type: 'jsonb' },
    wrappedKey: text('wrapped_key'),
    sealed: { name: 'sealed', type: 'jsonb' },
    erasedAt: instant('erased_at'),
    version: { name: 'version', type: 'integer' },
    createdAt: instant('created_at'),
    updatedAt: instant('updated_at'),
  },
});

export const ENTITIES = [OrganizationEntity, ApiKeyEntity, CustomerEntity] as const;
