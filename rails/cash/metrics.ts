import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';

/** Scrapes that come closer together get the same. */
const FRESH_MS = 1_000;

interface FigureRow {
  readonly figure: Figure;
  readonly label: string;
  readonly value: number;
}

const GAUGES = {
  open: {
    name: 'omsx_cash_orders_open',
    label: 'state',
    help: 'Codes and pickups that are not over, by state',
  },
  age: {
    name: 'omsx_cash_orders_open_age_seconds',
    label: 'state',
    help: 'Since the oldest of them last changed',
  },
  unsettled: {
    name: 'omsx_cash_unsettled',
    label: 'what',
    help: 'What networks have said and books do not know yet',
  },
  suspended: {
    name: 'omsx_cash_receipts_suspended',
    label: 'reason',
    help: 'Payments in suspense that are assigned to nobody, by why',
  },
  differences: {
    name: 'omsx_cash_differences_open',
    label: 'kind',
    help: 'What networks say and books do not bear out',
  },
} as const;
type Figure = keyof typeof GAUGES;

/** Whole counts, not names: nothing of anybody in particular. */
const READ_FIGURES = statement(
  'cash.read_figures',
  `select 'open' as figure, state as label, count(*)::float8 as value from cash.order
    where state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'READY') group by state
   union all
   select 'age', state, extract(epoch from clock_timestamp() - min(updated_at))::float8 from cash.order
    where state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'READY') group by state
   union all
   select 'unsettled', 'ORDER', count(*)::float8 from cash.order where settled_version < version
   union all
   select 'unsettled', 'RECEIPT', count(*)::float8 from cash.receipt where settled_version < version
   union all
   select 'suspended', reason, count(*)::float8 from cash.receipt
    where reason is not null and transaction_id is null group by reason
   union all
   select 'differences', kind, count(*)::float8 from cash.difference where closed_at is null group by kind`,
);

/** Adds what is known of counters to a registry; read when it is asked for. @param database role omsx_cash */
export function gaugeCash(registry: Registry, database: Database): void {
  let read: Promise<readonly FigureRow[] | null> = Promise.resolve(null);
  let readAtMs = Number.NEGATIVE_INFINITY;
  const figures = (): Promise<readonly FigureRow[] | null> => {
    if (performance.now() - readAtMs > FRESH_MS) {
      readAtMs = performance.now();
      // What cannot be read is left out of a scrape, and does not take the other metrics with it.
      read = database.write((tx) => tx.rows<FigureRow>(READ_FIGURES)).catch(() => null);
    }
    return read;
  };
  new Gauge({
    ...{ name: 'omsx_cash_readable', help: '1 when tables could be read', registers: [registry] },
    async collect() {
      this.set((await figures()) === null ? 0 : 1);
    },
  });
  for (const [figure, { name, label, help }] of Object.entries(GAUGES)) {
    new Gauge({
      ...{ name, help, labelNames: [label], registers: [registry] },
      async collect() {
        const rows = await figures();
        this.reset();
        for (const row of rows ?? []) if (row.figure === figure) this.set({ [label]: row.label }, row.value);
      },
    });
  }
}
