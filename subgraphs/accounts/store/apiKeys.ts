import { And } from 'typeorm';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { ApiKeyEntity } from './entities.ts';
import { keysetOf, type UuidPage } from './keyset.ts';
import type { ApiKeyRow } from './rows.ts';

const FIND = statement(
  'accounts.find_api_keys',
  `select id, organization_id as "organizationId", name, prefix, scopes, created_at as "createdAt",
          last_used_at as "lastUsedAt", revoked_at as "revokedAt"
     from accounts.api_key where organization_id = $1 and id = any($2::uuid[])`,
);

/** The ApiKeys in the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findApiKeys(
  database: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (ApiKeyRow | null)[]> {
  const rows = await database.readRows<ApiKeyRow>(organizationId, FIND, [organizationId, ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** One row more than the page, on from its key. Index api_key_organization. Safe to retry. */
export function listApiKeys(
  database: Database,
  organizationId: Uuid,
  page: UuidPage,
): Promise<readonly ApiKeyRow[]> {
  const { beyond, ...walk } = keysetOf(page);
  const where = { organizationId, ...(beyond.length > 0 ? { id: And(...beyond) } : {}) };
  return database.read(organizationId, (tx) => tx.manager.find(ApiKeyEntity, { where, ...walk }));
}

/** What authenticating needs of a key that is not revoked. */
export interface Credential {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly scopes: string[];
  readonly secretHmac: Buffer;
}

/** The writer's policies do not ask whose organization it is, which is what this finds out. */
const NO_ORGANIZATION = '00000000-0000-0000-0000-000000000000' as Uuid;

const FIND_CREDENTIAL = statement(
  'accounts.find_credential',
  `select id, organization_id as "organizationId", scopes, secret_hmac as "secretHmac"
     from accounts.api_key where prefix = $1 and revoked_at is null`,
);

/** The key of a prefix, of any organization. @param writer as role omsx_accounts_writer. Safe to retry. */
export async function findCredential(writer: Database, prefix: string): Promise<Credential | null> {
  const [row] = await writer.readRows<Credential>(NO_ORGANIZATION, FIND_CREDENTIAL, [prefix]);
  return row ?? null;
}

const IS_LIVE = statement(
  'accounts.is_live_api_key',
  `select exists (select from accounts.api_key
     where id = $1 and organization_id = $2 and revoked_at is null) as "isLive"`,
);

/** True while this key of this organization is not revoked. @param writer as role omsx_accounts_writer. Safe to retry. */
export async function isLiveKey(writer: Database, organizationId: Uuid, id: Uuid): Promise<boolean> {
  const [row] = await writer.readRows<{ readonly isLive: boolean }>(organizationId, IS_LIVE, [
    id,
    organizationId,
  ]);
  return row?.isLive === true;
}
