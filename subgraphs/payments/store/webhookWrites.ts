import type { Position } from '../../../platform/cursor.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { WebhookEndpoint } from '../domain/webhookEndpoint.ts';
import type { DeliveryStatus } from './webhookDeliveries.ts';

export type NewEndpoint = Pick<
  WebhookEndpoint,
  'id' | 'organizationId' | 'customerId' | 'url' | 'events' | 'complianceOnly' | 'ordered' | 'description'
>;

/** What an update changes; null leaves it. */
export type EndpointChange = {
  readonly [K in 'url' | 'events' | 'complianceOnly' | 'ordered' | 'description']: NewEndpoint[K] | null;
};

/** An endpoint that this tx has locked. */
export interface HeldEndpoint {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly status: string;
  readonly version: number;
  readonly events: readonly string[];
  readonly complianceOnly: boolean;
}

const INSERT = statement(
  'payments.insert_webhook_endpoint',
  `insert into payments.webhook_endpoint (id, organization_id, customer_id, url, events, compliance_only, ordered,
     description) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

const LOCK = statement(
  'payments.lock_webhook_endpoint',
  `select id, organization_id as "organizationId", status, version, events,
          compliance_only as "complianceOnly" from payments.webhook_endpoint
    where id = $1 and organization_id = $2 and deleted_at is null for no key update`,
);

const UPDATE = statement(
  'payments.update_webhook_endpoint',
  `update payments.webhook_endpoint
      set url = coalesce($2, url), events = coalesce($3, events), compliance_only = coalesce($4, compliance_only),
          ordered = coalesce($5, ordered), description = coalesce($6, description), updated_at = clock_timestamp()
    where id = $1`,
);

const ENABLE = statement(
  'payments.enable_webhook_endpoint',
  `update payments.webhook_endpoint
      set status = 'ENABLED', disabled_reason = null, failures = 0, paused_until = null, failing_since = null,
          updated_at = clock_timestamp()
    where id = $1`,
);

const DELETE = statement(
  'payments.delete_webhook_endpoint',
  'update payments.webhook_endpoint set deleted_at = clock_timestamp() where id = $1',
);

const CANCEL = statement(
  'payments.cancel_webhook_deliveries',
  `update payments.webhook_delivery set status = 'CANCELED', finished_at = clock_timestamp()
    where endpoint_id = $1 and status = 'PENDING'`,
);

const REQUEUE_ONE = statement(
  'payments.requeue_webhook_delivery',
  `update payments.webhook_delivery delivery
      set status = 'PENDING', round = 0, next_at = clock_timestamp(), finished_at = null
     from payments.webhook_endpoint endpoint
    where delivery.id = $1 and delivery.organization_id = $2 and delivery.status <> 'PENDING'
      and endpoint.id = delivery.endpoint_id and endpoint.deleted_at is null
   returning 1`,
);

const REQUEUE_RANGE = statement(
  'payments.requeue_webhook_deliveries',
  `with found as (
     select id from payments.webhook_delivery
      where endpoint_id = $1 and (xid, seq) > ($2::xid8, $3::bigint)
        and ($4::timestamptz is null or occurred_at >= $4) and ($5::timestamptz is null or occurred_at < $5)
        and status <> 'PENDING' and ($6::text is null or status = $6) and type <> 'webhook.test'
      order by xid, seq limit $7 for no key update)
   update payments.webhook_delivery delivery
      set status = 'PENDING', round = 0, next_at = clock_timestamp(), finished_at = null
     from found where delivery.id = found.id
   returning delivery.xid, delivery.seq`,
);

const TX_ID = statement('payments.current_tx', 'select pg_current_xact_id() as xid');

export async function insertWebhookEndpoint(tx: Tx, endpoint: NewEndpoint): Promise<void> {
  const { id, organizationId, customerId, url, events, complianceOnly, ordered, description } = endpoint;
  await tx.rows(INSERT, [id, organizationId, customerId, url, events, complianceOnly, ordered, description]);
}

/** Locks an endpoint of the organization until the end of the tx; null when there is none. */
export async function lockWebhookEndpoint(
  tx: Tx,
  organizationId: Uuid,
  id: Uuid,
): Promise<HeldEndpoint | null> {
  const [row] = await tx.rows<HeldEndpoint>(LOCK, [id, organizationId]);
  return row ?? null;
}

export async function updateWebhookEndpoint(tx: Tx, id: Uuid, change: EndpointChange): Promise<void> {
  const { url, events, complianceOnly, ordered, description } = change;
  await tx.rows(UPDATE, [id, url, events, complianceOnly, ordered, description]);
}

export async function enableWebhookEndpoint(tx: Tx, id: Uuid): Promise<void> {
  await tx.rows(ENABLE, [id]);
}

/** Takes the endpoint away, and what waits for it off the queue. */
export async function deleteWebhookEndpoint(tx: Tx, id: Uuid): Promise<void> {
  await tx.rows(DELETE, [id]);
  await tx.rows(CANCEL, [id]);
}

/** Queues a delivery that is over; false when it is not over, not there, or its endpoint is deleted. */
export async function requeueDelivery(tx: Tx, organizationId: Uuid, id: Uuid): Promise<boolean> {
  return (await tx.rows(REQUEUE_ONE, [id, organizationId])).length === 1;
}

export interface ResendRange {
  readonly after: Position;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly status: DeliveryStatus | null;
}

/** Queues what is over in the range, the oldest first. Gives the positions of the events. */
export function requeueDeliveries(
  tx: Tx,
  endpointId: Uuid,
  { after, from, to, status }: ResendRange,
  limit: number,
): Promise<readonly Position[]> {
  const span = [from?.toISOString() ?? null, to?.toISOString() ?? null];
  return tx.rows<Position>(REQUEUE_RANGE, [endpointId, after.xid, after.seq, ...span, status, limit]);
}

/** Where what this tx writes stands in the outbox. */
export async function currentTxId(tx: Tx): Promise<bigint> {
  const [row] = await tx.rows<{ xid: bigint }>(TX_ID);
  return row?.xid ?? 0n;
}
