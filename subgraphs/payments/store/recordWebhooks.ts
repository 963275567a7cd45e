import { newUuid, type Uuid } from '../../../platform/id.ts';
import { appendEvents } from '../../../platform/outbox.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { WebhookAttempt } from '../domain/webhookAttempt.ts';
import type { DisabledReason } from '../domain/webhookEndpoint.ts';
import { breakerPauseMs, FAILING_MAX_MS } from '../domain/webhookSchedule.ts';
import { endpointDisabled } from '../events.ts';

/** What came of an attempt, with what follows for its delivery. */
export interface AttemptRecord extends WebhookAttempt {
  readonly deliveryId: Uuid;
  readonly organizationId: Uuid;
  readonly endpointId: Uuid;
  /** Until the next attempt; null when there is none. */
  readonly retryInMs: number | null;
}

const INSERT_ATTEMPTS = statement(
  'payments.insert_webhook_attempts',
  `insert into payments.webhook_attempt (delivery_id, number, organization_id, started_at, latency_ms, outcome,
     status_code, request_headers, response_body, error)
   select attempt.* from unnest($1::uuid[], $2::int[], $3::uuid[], $4::timestamptz[], $5::int[], $6::text[], $7::int[],
     $8::jsonb[], $9::text[], $10::text[])
     as attempt(delivery_id, number, organization_id, started_at, latency_ms, outcome, status_code, request_headers,
                response_body, error)
     join payments.webhook_delivery delivery on delivery.id = attempt.delivery_id
   on conflict do nothing`,
);

/** A failure is believed of the latest attempt only; a success of any, also one whose claim had run out. */
const FINISH = statement(
  'payments.finish_webhook_attempts',
  `update payments.webhook_delivery delivery
      set status = case when came.delivered then 'SUCCEEDED' when came.retry_in_ms is null then 'FAILED' else 'PENDING' end,
          round = delivery.round + case when came.delivered then 0 else 1 end,
          status_code = came.status_code,
          next_at = clock_timestamp() + coalesce(came.retry_in_ms, 0) * interval '1 millisecond',
          finished_at = case when came.delivered or came.retry_in_ms is null then clock_timestamp() end
     from unnest($1::uuid[], $2::int[], $3::boolean[], $4::int[], $5::int[])
          as came(id, number, delivered, status_code, retry_in_ms)
    where delivery.id = came.id and delivery.status = 'PENDING'
      and (came.delivered or delivery.attempts = came.number)`,
);

/** One lock order for all who write endpoints: by id. */
const LOCK_ENDPOINTS = statement(
  'payments.lock_webhook_endpoints',
  `select id, organization_id as "organizationId", failures, version,
          coalesce(extract(epoch from clock_timestamp() - failing_since) * 1000, 0)::float8 as "failingMs"
     from payments.webhook_endpoint
    where id = any($1::uuid[]) and status = 'ENABLED' and deleted_at is null
    order by id for no key update`,
);

const HEAL = statement(
  'payments.heal_webhook_endpoint',
  `update payments.webhook_endpoint set failures = 0, paused_until = null, failing_since = null
    where id = any($1::uuid[]) and failures > 0`,
);

const FAIL = statement(
  'payments.fail_webhook_endpoint',
  `update payments.webhook_endpoint
      set failures = $2, failing_since = coalesce(failing_since, clock_timestamp()),
          paused_until = case when $3::int > 0 then clock_timestamp() + $3::int * interval '1 millisecond' end
    where id = $1`,
);

const DISABLE = statement(
  'payments.disable_webhook_endpoint',
  `update payments.webhook_endpoint
      set status = 'DISABLED', disabled_reason = $2, version = version + 1, updated_at = clock_timestamp()
    where id = $1`,
);

interface LockedEndpoint {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly failures: number;
  readonly version: number;
  readonly failingMs: number;
}

/** Records attempts, moves their deliveries on, and opens, closes or gives up endpoints. Recording again changes nothing. */
export async function recordAttempts(tx: Tx, records: readonly AttemptRecord[]): Promise<void> {
  await tx.rows(INSERT_ATTEMPTS, [
    records.map(({ deliveryId }) => deliveryId),
    records.map(({ number }) => number),
    records.map(({ organizationId }) => organizationId),
    records.map(({ startedAt }) => startedAt.toISOString()),
    records.map(({ latencyMs }) => latencyMs),
    records.map(({ outcome }) => outcome),
    records.map(({ statusCode }) => statusCode),
    records.map(({ requestHeaders }) => JSON.stringify(requestHeaders)),
    records.map(({ responseBody }) => responseBody),
    records.map(({ error }) => error),
  ]);
  await tx.rows(FINISH, [
    records.map(({ deliveryId }) => deliveryId),
    records.map(({ number }) => number),
    records.map(({ outcome }) => outcome === 'DELIVERED'),
    records.map(({ statusCode }) => statusCode),
    records.map(({ retryInMs }) => retryInMs),
  ]);
  await judgeEndpoints(tx, records);
}

/** What one batch says of each endpoint: one success makes up for its failures. */
async function judgeEndpoints(tx: Tx, records: readonly AttemptRecord[]): Promise<void> {
  const healthy = new Set<Uuid>();
  const failed = new Map<Uuid, number>();
  const gone = new Set<Uuid>();
  for (const { endpointId, outcome, statusCode } of records) {
    if (outcome === 'DELIVERED') healthy.add(endpointId);
    else failed.set(endpointId, (failed.get(endpointId) ?? 0) + 1);
    if (statusCode === GONE) gone.add(endpointId);
  }
  const failing = [...failed.keys()].filter((id) => gone.has(id) || !healthy.has(id));
  if (failing.length > 0) {
    for (const endpoint of await tx.rows<LockedEndpoint>(LOCK_ENDPOINTS, [failing])) {
      const count = failed.get(endpoint.id) ?? 0;
      await judgeFailing(tx, endpoint, count, gone.has(endpoint.id));
    }
  }
  const healed = [...healthy].filter((id) => !gone.has(id)).sort();
  if (healed.length > 0) await tx.rows(HEAL, [healed]);
}

const GONE = 410;

async function judgeFailing(tx: Tx, endpoint: LockedEndpoint, count: number, isGone: boolean): Promise<void> {
  const failures = endpoint.failures + count;
  await tx.rows(FAIL, [endpoint.id, failures, breakerPauseMs(failures, Math.random())]);
  if (isGone) await disableEndpoint(tx, endpoint, 'GONE');
  else if (endpoint.failingMs > FAILING_MAX_MS) await disableEndpoint(tx, endpoint, 'FAILING');
}

/** Disables an endpoint that the tx has locked, and tells of it. */
export async function disableEndpoint(
  tx: Tx,
  endpoint: Pick<LockedEndpoint, 'id' | 'organizationId' | 'version'>,
  reason: DisabledReason,
): Promise<void> {
  await tx.rows(DISABLE, [endpoint.id, reason]);
  await appendEvents(tx, [
    endpointDisabled(newUuid(), endpoint.organizationId, endpoint.id, endpoint.version + 1),
  ]);
}
