import { Gauge, type Registry } from 'prom-client';
import { fresh } from '../../../platform/fresh.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

const BATCHES_MAX = 10_000;
/** Scrapes that come closer together get the same. */
const FRESH_MS = 1_000;

/** Index payout_batch_open. */
const FIGURES = statement(
  'payments.payout_figures',
  `select coalesce(sum(pending_count), 0)::float8 as pending, coalesce(sum(processing_count), 0)::float8 as processing,
          coalesce(max(extract(epoch from clock_timestamp() - updated_at)), 0)::float8 as still
     from (select pending_count, processing_count, updated_at from payments.payout_batch
            where ended_at is null order by updated_at limit ${BATCHES_MAX}) open`,
);

interface Figures {
  readonly pending: number;
  readonly processing: number;
  readonly still: number;
}

/**
 * Adds what an operator has to know of payouts in batches; docs/metrics.md says what to alert on.
 *
 * @param database role omsx_webhooks
 */
export function gaugePayouts(registry: Registry, database: Database, logger: Logger): void {
  const read = fresh(FRESH_MS, async () => {
    try {
      return (await database.write((tx) => tx.rows<Figures>(FIGURES)))[0] ?? null;
    } catch (error) {
      logger.warn({ err: error }, 'figures of payouts could not be read');
      return null;
    }
  });
  const gauge = (name: string, help: string, labelNames: readonly string[], set: Set): void => {
    new Gauge({
      ...{ name: `omsx_payout_${name}`, help, labelNames, registers: [registry] },
      async collect() {
        this.reset();
        set(this, await read());
      },
    });
  };
  gauge('readable', '1 when the tables could be read', [], (own, figures) =>
    own.set(figures === null ? 0 : 1),
  );
  gauge('items_open', 'Items of batches that are not over', ['status'], (own, figures) => {
    if (figures === null) return;
    own.set({ status: 'PENDING' }, figures.pending);
    own.set({ status: 'PROCESSING' }, figures.processing);
  });
  const still = 'For how long nothing has happened to the open batch that waits longest';
  gauge('batches_still_seconds', still, [], (own, figures) => {
    if (figures !== null) own.set(figures.still);
  });
}

type Set = (own: Gauge<string>, figures: Figures | null) => void;
