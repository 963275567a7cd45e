import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { WebhookEndpoint } from '../domain/webhookEndpoint.ts';

/** A key as its owner may see it. */
export interface PublicWebhookKey {
  readonly endpointId: Uuid;
  readonly publicKey: string;
  readonly createdAt: Date;
  readonly retiresAt: Date | null;
}

export const ENDPOINT_COLUMNS = `endpoint.id, endpoint.organization_id as "organizationId",
  endpoint.customer_id as "customerId", endpoint.url, endpoint.events, endpoint.compliance_only as "complianceOnly",
  endpoint.ordered, endpoint.description, endpoint.status, endpoint.disabled_reason as "disabledReason",
  endpoint.failing_since as "failingSince", endpoint.paused_until as "pausedUntil",
  endpoint.created_at as "createdAt", endpoint.updated_at as "updatedAt"`;

/** Also those that were deleted, for deliveries that went to them. */
const FIND = statement(
  'payments.find_webhook_endpoints',
  `select ${ENDPOINT_COLUMNS}, endpoint.deleted_at is not null as "isDeleted"
     from payments.webhook_endpoint endpoint where endpoint.id = any($1::uuid[])`,
);

const KEYS = statement(
  'payments.list_public_webhook_keys',
  `select endpoint_id as "endpointId", public_key as "publicKey", created_at as "createdAt", retires_at as "retiresAt"
     from payments.webhook_key
    where endpoint_id = any($1::uuid[]) and (retires_at is null or retires_at > clock_timestamp())
    order by id desc`,
);

const LIST = {
  forward: statement(
    'payments.list_webhook_endpoints',
    `select ${ENDPOINT_COLUMNS} from payments.webhook_endpoint endpoint
      where organization_id = $1 and deleted_at is null and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      order by id desc limit $2`,
  ),
  backward: statement(
    'payments.list_webhook_endpoints_back',
    `select ${ENDPOINT_COLUMNS} from payments.webhook_endpoint endpoint
      where organization_id = $1 and deleted_at is null and id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
      order by id limit $2`,
  ),
};

export type FoundEndpoint = WebhookEndpoint & { readonly isDeleted: boolean };

/** In the order of `ids`; null where there is none of the organization. Safe to retry. */
export async function findWebhookEndpoints(
  reads: Database,
  { organizationId }: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (FoundEndpoint | null)[]> {
  const rows = await reads.readRows<FoundEndpoint>(organizationId, FIND, [ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** The keys that sign now, of each of `ids`, the newest first. Safe to retry. */
export async function listPublicKeys(
  reads: Database,
  { organizationId }: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (readonly PublicWebhookKey[])[]> {
  const rows = await reads.readRows<PublicWebhookKey>(organizationId, KEYS, [ids]);
  return ids.map((id) => rows.filter(({ endpointId }) => endpointId === id));
}

/** Up to `limit + 1` endpoints from `page.from` on, in walking direction. Safe to retry. */
export function listWebhookEndpoints(
  reads: Database,
  { organizationId }: Viewer,
  page: Page,
): Promise<readonly WebhookEndpoint[]> {
  const list = page.forward ? LIST.forward : LIST.backward;
  return reads.readRows(organizationId, list, [organizationId, page.limit + 1, page.from]);
}
