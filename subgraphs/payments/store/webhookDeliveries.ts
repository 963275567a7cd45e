import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import { hasScope, type Viewer } from '../../../platform/viewer.ts';
import type { WebhookAttempt } from '../domain/webhookAttempt.ts';
import { COMPLIANCE_WEBHOOK_TYPES } from '../domain/webhookType.ts';

export type DeliveryStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'SKIPPED';

export interface WebhookDeliveryRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly endpointId: Uuid;
  readonly eventId: Uuid;
  readonly type: string;
  readonly aggregateId: Uuid;
  readonly version: number;
  readonly body: string;
  readonly status: DeliveryStatus;
  readonly statusCode: number | null;
  readonly nextAt: Date;
  readonly occurredAt: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** Which deliveries to list; one left out holds for all. */
export interface DeliveryConditions {
  readonly endpointId?: Uuid;
  readonly status?: DeliveryStatus;
  readonly type?: string;
  readonly transactionId?: Uuid;
}

const COLUMNS = `delivery.id, delivery.organization_id as "organizationId", delivery.endpoint_id as "endpointId",
  delivery.event_id as "eventId", delivery.type, delivery.aggregate_id as "aggregateId", delivery.version,
  delivery.body, delivery.status, delivery.status_code as "statusCode", delivery.next_at as "nextAt",
  delivery.occurred_at as "occurredAt", delivery.created_at as "createdAt", delivery.finished_at as "finishedAt"`;

const FIND = statement(
  'payments.find_webhook_deliveries',
  `select ${COLUMNS} from payments.webhook_delivery delivery where delivery.id = any($1::uuid[])`,
);

const ATTEMPTS_MAX = 100;

const ATTEMPTS = statement(
  'payments.list_webhook_attempts',
  `select asked.id as "deliveryId", attempt.* from unnest($1::uuid[]) as asked(id) cross join lateral (
     select number, started_at as "startedAt", latency_ms as "latencyMs", outcome, status_code as "statusCode",
            request_headers as "requestHeaders", response_body as "responseBody", error
       from payments.webhook_attempt where delivery_id = asked.id order by number desc limit ${ATTEMPTS_MAX}) attempt`,
);

const CONDITIONS = [
  ['e', 'endpointId', 'delivery.endpoint_id = ?::uuid'],
  ['s', 'status', 'delivery.status = ?::text'],
  ['t', 'type', 'delivery.type = ?::text'],
  ['a', 'transactionId', 'delivery.aggregate_id = ?::uuid'],
] as const;

/** Of reviews nobody may learn by the log of what was told of them. */
const NOT_COMPLIANCE = ['c', 'hidden', 'delivery.type <> all(?::text[])'] as const;

/** In the order of `ids`; null where there is none of the organization. Safe to retry. */
export async function findWebhookDeliveries(
  reads: Database,
  viewer: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (WebhookDeliveryRow | null)[]> {
  const rows = await reads.readRows<WebhookDeliveryRow>(viewer.organizationId, FIND, [ids]);
  const isShown = ({ type }: WebhookDeliveryRow) =>
    !COMPLIANCE_WEBHOOK_TYPES.includes(type) || hasScope(viewer, 'compliance:read');
  const found = new Map(rows.filter(isShown).map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** Of each of `ids`, the newest first. Safe to retry. */
export async function listWebhookAttempts(
  reads: Database,
  { organizationId }: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (readonly WebhookAttempt[])[]> {
  const rows = await reads.readRows<WebhookAttempt & { readonly deliveryId: Uuid }>(
    organizationId,
    ATTEMPTS,
    [ids],
  );
  return ids.map((id) => rows.filter(({ deliveryId }) => deliveryId === id));
}

/** Up to `limit + 1` deliveries from `page.from` on, in walking direction. Safe to retry. */
export function listWebhookDeliveries(
  reads: Database,
  viewer: Viewer,
  conditions: DeliveryConditions,
  page: Page,
): Promise<readonly WebhookDeliveryRow[]> {
  const { organizationId } = viewer;
  const all = hasScope(viewer, 'compliance:read') ? CONDITIONS : [...CONDITIONS, NOT_COMPLIANCE];
  const asked = { ...conditions, hidden: COMPLIANCE_WEBHOOK_TYPES };
  const holding = all.filter(([, name]) => asked[name] !== undefined);
  const values = [organizationId, page.limit + 1, page.from, ...holding.map(([, name]) => asked[name])];
  return reads.readRows(organizationId, listStatement(holding, page.forward), values);
}

function listStatement(
  holding: readonly (readonly [string, string, string])[],
  isForward: boolean,
): Statement {
  const from = isForward
    ? `delivery.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
    : `delivery.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')`;
  const also = holding.map(([, , sql], index) => `and ${sql.replace('?', `$${index + 4}`)}`).join(' ');
  const letters = holding.map(([letter]) => letter).join('');
  const order = isForward ? 'desc' : 'asc';
  return statement(
    `payments.list_webhook_deliveries_${order}_${letters}`,
    `select ${COLUMNS} from payments.webhook_delivery delivery
      where delivery.organization_id = $1 and ${from} ${also} order by delivery.id ${order} limit $2`,
  );
}
