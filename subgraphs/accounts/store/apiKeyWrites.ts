import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

export interface NewApiKey {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly name: string;
  readonly prefix: string;
  readonly secretHmac: Buffer;
  readonly scopes: readonly string[];
}

/**
 * Scopes travel as `{a,b}` text, because unnest would flatten a two-dimensional array. A key that is there
 * already was inserted by a try whose COMMIT was not answered.
 */
const INSERT = statement(
  'accounts.insert_api_keys',
  `insert into accounts.api_key (id, organization_id, name, prefix, secret_hmac, scopes)
   select id, organization_id, name, prefix, decode(secret_hmac, 'hex'), scopes::text[]
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
          as added(id, organization_id, name, prefix, secret_hmac, scopes)
   on conflict (id) do nothing
   returning id`,
);

/** Inserts keys and answers the ids of those that were not there. Safe to retry with the same ids. */
export async function insertApiKeys(tx: Tx, keys: readonly NewApiKey[]): Promise<ReadonlySet<Uuid>> {
  const rows = await tx.rows<{ readonly id: Uuid }>(INSERT, [
    keys.map((key) => key.id),
    keys.map((key) => key.organizationId),
    keys.map((key) => key.name),
    keys.map((key) => key.prefix),
    keys.map((key) => key.secretHmac.toString('hex')),
    keys.map((key) => `{${key.scopes.join(',')}}`),
  ]);
  return new Set(rows.map((row) => row.id));
}

/** Locks in the order of ids; a row that another process has revoked meanwhile is not revoked again. */
const REVOKE = statement(
  'accounts.revoke_api_keys',
  `with asked as (
     select id from accounts.api_key
       join unnest($1::uuid[], $2::uuid[]) as wanted(id, organization_id) using (id, organization_id)
      where revoked_at is null order by id for no key update of api_key)
   update accounts.api_key set revoked_at = clock_timestamp() from asked
    where api_key.id = asked.id and api_key.revoked_at is null
   returning api_key.id`,
);

const FIND_OWN = statement(
  'accounts.find_own_api_keys',
  `select id, organization_id as "organizationId" from accounts.api_key
     join unnest($1::uuid[], $2::uuid[]) as wanted(id, organization_id) using (id, organization_id)`,
);

/**
 * Revokes keys. `ownerOf` has the organization of each key that its own organization asked for (another one may
 * have asked for it in the same batch), `revoked` are those that worked until now. Safe to retry.
 */
export async function revokeApiKeys(
  tx: Tx,
  keys: readonly { readonly id: Uuid; readonly organizationId: Uuid }[],
): Promise<{ readonly ownerOf: ReadonlyMap<Uuid, Uuid>; readonly revoked: ReadonlySet<Uuid> }> {
  const values = [keys.map((key) => key.id), keys.map((key) => key.organizationId)];
  const [revoked, found] = await Promise.all([
    tx.rows<{ readonly id: Uuid }>(REVOKE, values),
    tx.rows<{ readonly id: Uuid; readonly organizationId: Uuid }>(FIND_OWN, values),
  ]);
  return {
    ownerOf: new Map(found.map((row) => [row.id, row.organizationId])),
    revoked: new Set(revoked.map((row) => row.id)),
  };
}

/** The minute is the promise of `lastUsedAt`; it also keeps a busy key from rewriting its row all the time. */
const TOUCH = statement(
  'accounts.touch_api_keys',
  `update accounts.api_key set last_used_at = clock_timestamp()
     from (select id from accounts.api_key where id = any($1::uuid[]) order by id for no key update) as used
    where api_key.id = used.id
      and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')`,
);

/** Notes that keys were used just now. Safe to retry. */
export async function touchApiKeys(database: Database, ids: readonly Uuid[]): Promise<void> {
  if (ids.length > 0) await database.write((tx) => tx.rows(TOUCH, [ids]));
}
