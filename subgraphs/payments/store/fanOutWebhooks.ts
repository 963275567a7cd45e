import type { Position } from '../../../platform/cursor.ts';
import { type OutboxPage, pageStatement, readPageBy } from '../../../platform/feed/outboxRows.ts';
import type { Uuid } from '../../../platform/id.ts';
import { type Lease, requireHeld } from '../../../platform/lease.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Interest } from '../domain/webhookEndpoint.ts';

/** Name of the lease, and of how far the outbox has been spread. */
export const FAN_OUT = 'webhooks';
/** Channel that tells senders of new work. */
export const WEBHOOK_CHANNEL = 'omsx_webhooks';

/** One event for one endpoint. */
export interface NewDelivery {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly endpointId: Uuid;
  readonly eventId: string;
  readonly position: Position;
  readonly type: string;
  readonly aggregateId: string;
  readonly version: number;
  readonly body: string;
  readonly occurredAt: string;
  /** SKIPPED for an endpoint that is disabled: kept, so that it can be sent again later. */
  readonly status: 'PENDING' | 'SKIPPED';
}

/**
 * Only events of organizations that have an endpoint are read. Endpoints are looked at in the snapshot of the page: one
 * that this snapshot does not have was made by a tx at or above xmin, and is told of nothing before that.
 */
const AFTER = pageStatement(
  'payments.webhook_events_after',
  `(xid, seq) > ($1::xid8, $2::bigint)
   and organization_id in (select endpoint.organization_id from payments.webhook_endpoint endpoint
                            where endpoint.deleted_at is null)`,
  '$3',
);

const POSITION = statement(
  'payments.webhook_position',
  'select xid, seq from platform.relay_position where name = $1',
);

const SAVE_POSITION = statement(
  'payments.save_webhook_position',
  'update platform.relay_position set xid = $2, seq = $3 where name = $1 and (xid, seq) < ($2::xid8, $3::bigint)',
);

const INTERESTS = statement(
  'payments.webhook_interests',
  `select id, organization_id as "organizationId", customer_id as "customerId", events,
          compliance_only as "complianceOnly", status, since
     from payments.webhook_endpoint where organization_id = any($1::uuid[]) and deleted_at is null
    order by id`,
);

const INSERT = statement(
  'payments.insert_webhook_deliveries',
  `insert into payments.webhook_delivery (id, organization_id, endpoint_id, event_id, xid, seq, type, aggregate_id,
     version, body, occurred_at, status, finished_at)
   select id, organization_id, endpoint_id, event_id, xid, seq, type, aggregate_id, version, body, occurred_at, status,
          case status when 'SKIPPED' then clock_timestamp() end
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::xid8[], $6::bigint[], $7::text[], $8::uuid[],
                 $9::int[], $10::text[], $11::timestamptz[], $12::text[])
          as delivery(id, organization_id, endpoint_id, event_id, xid, seq, type, aggregate_id, version, body,
                      occurred_at, status)
   on conflict on constraint webhook_delivery_event_key do nothing`,
);

/** One hint a batch, for senders in other processes. */
const NOTIFY = statement('payments.notify_webhooks', `select pg_notify('${WEBHOOK_CHANNEL}', '')`);

/** How far the outbox has been spread. */
export async function loadFanOutPosition(database: Database): Promise<Position> {
  const [row] = await database.write((tx) => tx.rows<Position>(POSITION, [FAN_OUT]));
  return row ?? { xid: 0n, seq: 0n };
}

/** The next events, oldest first, of organizations that have endpoints. Role omsx_webhooks. Safe to retry. */
export function readUnspread(database: Database, after: Position, limit: number): Promise<OutboxPage> {
  return readPageBy(database, AFTER, [after.xid, after.seq, limit]);
}

/** The endpoints of these organizations, also the disabled ones. */
export function listInterests(tx: Tx, organizationIds: readonly string[]): Promise<readonly Interest[]> {
  return tx.rows<Interest>(INTERESTS, [organizationIds]);
}

/**
 * Queues deliveries and moves on, in one tx that proves the lease: nothing is lost, and nothing doubled, whenever the
 * process ends.
 *
 * @throws {LeaseLostError}
 */
export async function saveSpread(
  tx: Tx,
  lease: Lease,
  deliveries: readonly NewDelivery[],
  upTo: Position,
): Promise<void> {
  await requireHeld(tx, lease);
  if (deliveries.length > 0) await insertDeliveries(tx, deliveries);
  await tx.rows(SAVE_POSITION, [FAN_OUT, upTo.xid, upTo.seq]);
}

/** Queues deliveries; one that is there already stays as it is. */
export async function insertDeliveries(tx: Tx, deliveries: readonly NewDelivery[]): Promise<void> {
  await tx.rows(INSERT, [
    deliveries.map(({ id }) => id),
    deliveries.map(({ organizationId }) => organizationId),
    deliveries.map(({ endpointId }) => endpointId),
    deliveries.map(({ eventId }) => eventId),
    deliveries.map(({ position }) => String(position.xid)),
    deliveries.map(({ position }) => position.seq),
    deliveries.map(({ type }) => type),
    deliveries.map(({ aggregateId }) => aggregateId),
    deliveries.map(({ version }) => version),
    deliveries.map(({ body }) => body),
    deliveries.map(({ occurredAt }) => occurredAt),
    deliveries.map(({ status }) => status),
  ]);
  await notifyWebhooks(tx);
}

/** Tells senders, once the tx is committed, that something is due. */
export async function notifyWebhooks(tx: Tx): Promise<void> {
  await tx.rows(NOTIFY);
}
