import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ItemKind } from '../../../rails/bank/reconcile/items.ts';

const COUNTED_MAX = 100_000;
const KINDS: readonly ItemKind[] = [
  'MISSING_OURS',
  'MISSING_THEIRS',
  'AMOUNT_DIFFERS',
  'DUPLICATE',
  'AMBIGUOUS',
  'CONTRADICTION',
];

/** Index reconciliation_item_open, the kinds one by one so that none hides another. */
const OPEN_ITEMS = statement(
  'payments.reconciliation_figures',
  `select kind, found.count, found.age
     from unnest($1::text[]) as given(kind)
    cross join lateral (
      select count(*)::float8 as count, coalesce(extract(epoch from clock_timestamp() - min(opened_at)), 0)::float8 as age
        from (select opened_at from bank.reconciliation_item item
               where item.kind = given.kind and closed_at is null order by opened_at limit ${COUNTED_MAX}) open) found`,
);

const OLDEST_SUSPENSE = statement(
  'payments.suspense_figures',
  `select coalesce(extract(epoch from clock_timestamp() - least(
      (select min(created_at) from bank.receipt where transaction_id is null and settled_version > 0),
      (select min(updated_at) from bank.statement_line where state = 'SUSPENSE'))), 0)::float8 as age`,
);

const LAGS = statement(
  'payments.statement_figures',
  `select adapter, greatest(extract(epoch from clock_timestamp() - covers_until), 0)::float8 as age
     from bank.statement_position`,
);

interface Figures {
  readonly items: readonly { readonly kind: string; readonly count: number; readonly age: number }[];
  readonly suspense: readonly { readonly age: number }[];
  readonly lags: readonly { readonly adapter: string; readonly age: number }[];
}

/** Adds what an operator has to know of reconciliation; docs/metrics.md says what to alert on. Role omsx_webhooks. */
export function gaugeReconciliation(registry: Registry, database: Database, logger: Logger): void {
  const read = shared(() =>
    readFigures(database).catch((error: unknown) => {
      logger.warn({ err: error }, 'figures of reconciliation could not be read');
      return null;
    }),
  );
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    set: (own: Gauge, figures: Figures | null) => void,
  ) =>
    new Gauge({
      name: `omsx_reconciliation_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        this.reset();
        set(this, await read());
      },
    });
  gauge('items_open', 'Open items, counted up to 100,000 of each kind', ['kind'], (own, figures) => {
    for (const { kind, count } of figures?.items ?? []) own.set({ kind }, count);
  });
  gauge('items_open_age_seconds', 'Age of the oldest of them', ['kind'], (own, figures) => {
    for (const { kind, age } of figures?.items ?? []) own.set({ kind }, age);
  });
  gauge('suspense_age_seconds', 'How long the oldest money in suspense has waited', [], (own, figures) => {
    for (const { age } of figures?.suspense ?? []) own.set(age);
  });
  gauge(
    'statement_lag_seconds',
    'How long a bank with a list has told nothing',
    ['adapter'],
    (own, figures) => {
      for (const { adapter, age } of figures?.lags ?? []) own.set({ adapter }, age);
    },
  );
  gauge('readable', '1 when the tables could be read', [], (own, figures) =>
    own.set(figures === null ? 0 : 1),
  );
}

/** One read for all gauges of a scrape, which asks them at once. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
}

function readFigures(database: Database): Promise<Figures> {
  return database.write(async (tx) => ({
    items: await tx.rows<Figures['items'][number]>(OPEN_ITEMS, [KINDS]),
    suspense: await tx.rows<Figures['suspense'][number]>(OLDEST_SUSPENSE),
    lags: await tx.rows<Figures['lags'][number]>(LAGS),
  }));
}
