import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ExternalAccountRow } from './externalAccount.ts';

export interface NewExternalAccount
  extends Omit<ExternalAccountRow, 'reason' | 'microTries' | 'microExpiresAt' | 'createdAt' | 'updatedAt'> {
  readonly fingerprint: Uint8Array;
  readonly microSealed: Uint8Array | null;
  readonly microHmac: Uint8Array | null;
  /** How long the two amounts may be said. */
  readonly microLifetimeMs: number | null;
}

/**
 * In one order, so that two processes with the same places wait for one another. DO NOTHING leaves out what any unique key
 * has, also between two of one batch: the caller finds out which. An owner that is no customer of the organization matches
 * no holder, and is left out as well.
 */
const INSERT = statement(
  'bank.insert_external_accounts',
  `insert into bank.external_account
     (id, organization_id, customer_id, type, assets, network, status, verification, attestation, bank_code, masked_number,
      masked_owner, sealed, fingerprint, micro_sealed, micro_hmac, micro_expires_at, external_id, metadata, version)
   select added.id, added.organization_id, added.customer_id, added.type, added.assets, added.network, added.status,
          added.verification, added.attestation, added.bank_code, added.masked_number, added.masked_owner,
          decode(added.sealed, 'base64'), decode(added.fingerprint, 'base64'), decode(added.micro_sealed, 'base64'),
          decode(added.micro_hmac, 'base64'), (select platform.now()) + added.micro_lifetime_ms * interval '1 millisecond',
          added.external_id, added.metadata,
          added.version
     from jsonb_to_recordset($1::jsonb) as added(id uuid, organization_id uuid, customer_id uuid, type text, assets text[],
            network text, status text, verification text, attestation text, bank_code text, masked_number text,
            masked_owner text, sealed text, fingerprint text, micro_sealed text, micro_hmac text,
            micro_lifetime_ms bigint, external_id text, metadata jsonb, version int)
     join ledger.holder on holder.id = coalesce(added.customer_id, added.organization_id)
      and holder.organization_id = added.organization_id
      and holder.kind = case when added.customer_id is null then 'ORGANIZATION' else 'CUSTOMER' end
    order by added.organization_id, added.fingerprint, added.id
   on conflict do nothing
   returning id`,
);

/** Inserts what collides with nothing and answers the ids of those. Safe to retry with the same ids, with the whole tx. */
export async function insertExternalAccounts(
  tx: Tx,
  accounts: readonly NewExternalAccount[],
): Promise<ReadonlySet<Uuid>> {
  if (accounts.length === 0) return new Set();
  const rows = await tx.rows<{ readonly id: Uuid }>(INSERT, [JSON.stringify(accounts.map(toRecord))]);
  return new Set(rows.map((row) => row.id));
}

function toRecord(account: NewExternalAccount): Readonly<Record<string, unknown>> {
  return {
    id: account.id,
    organization_id: account.organizationId,
    customer_id: account.customerId,
    type: account.type,
    assets: account.assets,
    network: account.network,
    status: account.status,
    verification: account.verification,
    attestation: account.attestation,
    bank_code: account.bankCode,
    masked_number: account.maskedNumber,
    masked_owner: account.maskedOwner,
    sealed: base64(account.sealed),
    fingerprint: base64(account.fingerprint),
    micro_sealed: base64(account.microSealed),
    micro_hmac: base64(account.microHmac),
    micro_lifetime_ms: account.microLifetimeMs,
    external_id: account.externalId,
    metadata: account.metadata,
    version: account.version,
  };
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString('base64');
}

export interface Collision {
  readonly id: Uuid;
  readonly customerExists: boolean;
  /** Who has the place, of the same owner. */
  readonly samePlaceId: Uuid | null;
  readonly sameExternalId: Uuid | null;
}

const FIND_COLLISIONS = statement(
  'bank.find_external_account_collisions',
  `select added.id, holder.id is not null as "customerExists", place.id as "samePlaceId", named.id as "sameExternalId"
     from jsonb_to_recordset($1::jsonb) as added(id uuid, organization_id uuid, customer_id uuid, fingerprint text,
                                                 external_id text)
     left join ledger.holder on holder.id = coalesce(added.customer_id, added.organization_id)
      and holder.organization_id = added.organization_id
      and holder.kind = case when added.customer_id is null then 'ORGANIZATION' else 'CUSTOMER' end
     left join bank.external_account place on place.organization_id = added.organization_id
      and place.customer_id is not distinct from added.customer_id
      and place.fingerprint = decode(added.fingerprint, 'base64') and place.status <> 'CLOSED'
     left join bank.external_account named on named.organization_id = added.organization_id
      and named.external_id = added.external_id`,
);

/** Why these were not inserted. A new statement sees what a race has just committed. */
export async function findCollisions(
  tx: Tx,
  refused: readonly NewExternalAccount[],
): Promise<ReadonlyMap<Uuid, Collision>> {
  if (refused.length === 0) return new Map();
  const rows = await tx.rows<Collision>(FIND_COLLISIONS, [JSON.stringify(refused.map(toRecord))]);
  return new Map(rows.map((row) => [row.id, row]));
}
