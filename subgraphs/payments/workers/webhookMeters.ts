import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { AttemptOutcome } from '../domain/webhookAttempt.ts';

const BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const COUNTED_MAX = 100_000;

const FIGURES = statement(
  'payments.webhook_figures',
  `select (select count(*)::float8 from (select from payments.webhook_delivery where status = 'PENDING'
             limit ${COUNTED_MAX}) pending) as pending,
          (select coalesce(max(extract(epoch from clock_timestamp() - delivery.next_at)), 0)::float8
             from payments.webhook_endpoint endpoint cross join lateral (
               select next_at from payments.webhook_delivery due where due.endpoint_id = endpoint.id
                  and due.status = 'PENDING' order by next_at limit 1) delivery
            where endpoint.status = 'ENABLED' and endpoint.deleted_at is null
              and endpoint.failures = 0) as overdue,
          (select count(*)::float8 from payments.webhook_endpoint
            where paused_until > clock_timestamp() and status = 'ENABLED' and deleted_at is null) as paused,
          (select count(*)::float8 from payments.webhook_endpoint
            where disabled_reason in ('GONE', 'FAILING') and deleted_at is null) as disabled`,
);

interface Figures {
  readonly pending: number;
  readonly overdue: number;
  readonly paused: number;
  readonly disabled: number;
}

/** docs/metrics.md says what to alert on. */
export class WebhookMeters {
  readonly #registers: { registers: Registry[] } = { registers: [] };
  readonly #attempts = new Counter({
    name: 'omsx_webhook_attempts_total',
    help: 'Attempts by what came of them',
    labelNames: ['outcome'],
    ...this.#registers,
  });
  readonly #seconds = new Histogram({
    name: 'omsx_webhook_attempt_seconds',
    help: 'From sending to the answer',
    buckets: BUCKETS_SECONDS,
    ...this.#registers,
  });
  readonly #inFlight = new Gauge({
    name: 'omsx_webhook_in_flight',
    help: 'Requests under way in this process',
    ...this.#registers,
  });

  count(outcome: AttemptOutcome, latencyMs: number): void {
    this.#attempts.inc({ outcome });
    this.#seconds.observe(latencyMs / 1_000);
  }

  setInFlight(count: number): void {
    this.#inFlight.set(count);
  }

  /** Adds what this process counts, and what the tables say at each scrape. */
  register(registry: Registry, database: Database, logger: Logger): void {
    for (const metric of [this.#attempts, this.#seconds, this.#inFlight]) registry.registerMetric(metric);
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `omsx_webhook_${name}`, help, registers: [registry] });
    const pending = gauge('pending', 'Deliveries that are not over, counted up to 100,000');
    const overdue = gauge(
      'overdue_seconds',
      'How long the oldest due delivery of a healthy endpoint has waited',
    );
    const paused = gauge('endpoints_paused', 'Endpoints that are left alone for a while');
    const disabled = gauge(
      'endpoints_disabled',
      'Endpoints that were disabled because they failed or are gone',
    );
    new Gauge({
      name: 'omsx_webhook_readable',
      help: '1 when the tables could be read',
      registers: [registry],
      async collect() {
        const rows = await database
          .write((tx) => tx.rows<Figures>(FIGURES))
          .catch((error: unknown) => {
            logger.warn({ err: error }, 'figures of webhooks could not be read');
            return [];
          });
        const [figures] = rows;
        this.set(figures === undefined ? 0 : 1);
        if (figures === undefined) return;
        pending.set(figures.pending);
        overdue.set(Math.max(figures.overdue, 0));
        paused.set(figures.paused);
        disabled.set(figures.disabled);
      },
    });
  }
}
