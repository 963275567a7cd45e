import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

const BATCHES_MAX = 10_000;

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
 * @param database role omsx_payments_writer
 */
export function gaugePayouts(registry: Registry, database: Database, logger: Logger): void {
  const items = new Gauge({
    name: 'omsx_payout_items_open',
    help: 'Items of batches that are not over',
    labelNames: ['status'],
    registers: [registry],
  });
  const still = new Gauge({
    name: 'omsx_payout_batches_still_seconds',
    help: 'For how long nothing has happened to the open batch that waits longest',
    registers: [registry],
  });
  new Gauge({
    name: 'omsx_payout_readable',
    help: '1 when the tables could be read',
    registers: [registry],
    async collect() {
      const rows = await database
        .write((tx) => tx.rows<Figures>(FIGURES))
        .catch((error: unknown) => {
          logger.warn({ err: error }, 'figures of payouts could not be read');
          return [];
        });
      const [figures] = rows;
      this.set(figures === undefined ? 0 : 1);
      if (figures === undefined) return;
      items.set({ status: 'PENDING' }, figures.pending);
      items.set({ status: 'PROCESSING' }, figures.processing);
      still.set(figures.still);
    },
  });
}
