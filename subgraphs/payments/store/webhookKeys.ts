import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

export interface SealedWebhookKey {
  readonly id: Uuid;
  readonly sealed: Uint8Array;
  readonly retiresAt: Date | null;
}

/** More than one only after a rotation; the newest first. */
export const KEYS_ACTIVE_MAX = 4;

const ACTIVE = statement(
  'payments.active_webhook_keys',
  `select id, sealed, retires_at as "retiresAt" from payments.webhook_key
    where endpoint_id = $1 and (retires_at is null or retires_at > clock_timestamp())
    order by id desc limit ${KEYS_ACTIVE_MAX}`,
);

const INSERT = statement(
  'payments.insert_webhook_key',
  'insert into payments.webhook_key (id, organization_id, endpoint_id, sealed, public_key) values ($1, $2, $3, $4, $5)',
);

const RETIRE = statement(
  'payments.retire_webhook_keys',
  `update payments.webhook_key
      set retires_at = least(retires_at, clock_timestamp() + $2::int * interval '1 second')
    where endpoint_id = $1 and (retires_at is null or retires_at > clock_timestamp())
   returning 1`,
);

export interface NewWebhookKey {
  readonly id: Uuid;
  readonly sealed: Uint8Array;
  readonly publicKey: string;
}

/** The keys that sign now, the newest first. Role omsx_webhooks. */
export function listActiveKeys(database: Database, endpointId: Uuid): Promise<readonly SealedWebhookKey[]> {
  return database.write((tx) => tx.rows<SealedWebhookKey>(ACTIVE, [endpointId]));
}

export async function insertWebhookKey(
  tx: Tx,
  endpoint: { readonly id: Uuid; readonly organizationId: Uuid },
  { id, sealed, publicKey }: NewWebhookKey,
): Promise<void> {
  await tx.rows(INSERT, [id, endpoint.organizationId, endpoint.id, sealed, publicKey]);
}

/** Lets the keys that sign now do so for `overlapSeconds` more. Gives how many those are. */
export async function retireWebhookKeys(tx: Tx, endpointId: Uuid, overlapSeconds: number): Promise<number> {
  return (await tx.rows(RETIRE, [endpointId, overlapSeconds])).length;
}
