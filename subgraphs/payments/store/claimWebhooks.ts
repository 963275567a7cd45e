import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { BREAKER_FAILURES } from '../domain/webhookSchedule.ts';

/** A delivery that this process may send until its claim runs out. */
export interface ClaimedDelivery {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly endpointId: Uuid;
  readonly eventId: Uuid;
  readonly body: string;
  /** Number of the attempt that was claimed. */
  readonly number: number;
  /** Attempts that failed since it was queued. */
  readonly round: number;
  readonly url: string;
  readonly isTest: boolean;
}

/** What this process has room for at one endpoint, where that is not what all begin with. */
export interface Room {
  readonly endpointId: Uuid;
  readonly room: number;
}

/**
 * Locks deliveries, skipping those that another process claims just now. Per endpoint by index webhook_delivery_due; of an
 * ordered endpoint only what no earlier delivery of the same object precedes (webhook_delivery_order). A claim is a due
 * time in the future: whoever dies leaves the delivery to others from then on.
 */
const CLAIM = statement(
  'payments.claim_webhooks',
  `with ready as (
     select endpoint.id, endpoint.ordered, endpoint.url,
            case when endpoint.failures >= ${BREAKER_FAILURES} then least(coalesce(known.room, $2), 1)
                 else coalesce(known.room, $2) end as room
       from payments.webhook_endpoint endpoint
       left join unnest($3::uuid[], $4::int[]) as known(endpoint_id, room) on known.endpoint_id = endpoint.id
      where endpoint.status = 'ENABLED' and endpoint.deleted_at is null
        and (endpoint.paused_until is null or endpoint.paused_until <= clock_timestamp())),
   found as (
     select due.id, ready.url from ready cross join lateral (
       select delivery.id from payments.webhook_delivery delivery
        where delivery.endpoint_id = ready.id and delivery.status = 'PENDING'
          and delivery.next_at <= clock_timestamp()
          and (not ready.ordered or not exists (
            select from payments.webhook_delivery earlier
             where earlier.endpoint_id = ready.id and earlier.aggregate_id = delivery.aggregate_id
               and earlier.status = 'PENDING' and (earlier.xid, earlier.seq) < (delivery.xid, delivery.seq)))
        order by delivery.next_at limit greatest(ready.room, 0)
        for update skip locked) due
     limit $1)
   update payments.webhook_delivery delivery
      set attempts = delivery.attempts + 1,
          next_at = clock_timestamp() + $5::int * interval '1 millisecond'
     from found where found.id = delivery.id
   returning delivery.id, delivery.organization_id as "organizationId", delivery.endpoint_id as "endpointId",
     delivery.event_id as "eventId", delivery.body, delivery.attempts as number, delivery.round, found.url,
     delivery.type = 'webhook.test' as "isTest"`,
);

/**
 * Takes what is due, at most `limit`, in order for each endpoint. Role omsx_webhooks. Repeating it takes more.
 *
 * @param roomDefault how many of an endpoint that `rooms` does not name
 * @param claimMs how long nobody else takes them
 */
export function claimWebhooks(
  database: Database,
  options: {
    readonly limit: number;
    readonly roomDefault: number;
    readonly rooms: readonly Room[];
    readonly claimMs: number;
  },
): Promise<readonly ClaimedDelivery[]> {
  const { limit, roomDefault, rooms, claimMs } = options;
  return database.write((tx) =>
    tx.rows<ClaimedDelivery>(CLAIM, [
      limit,
      roomDefault,
      rooms.map(({ endpointId }) => endpointId),
      rooms.map(({ room }) => room),
      claimMs,
    ]),
  );
}
