import { Gauge, type Registry } from 'prom-client';
import { fresh } from '../../../platform/fresh.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Figure, type FigureRow, readFigures } from './readFigures.ts';

/** Scrapes that come closer together get the same. */
const FRESH_MS = 1_000;

const STATES = ['QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED'];
const DIFFERENCES = ['CONTRADICTS_ORDER', 'UNKNOWN_ORDER', 'UNKNOWN_ACCOUNT', 'REUSED_ID'];
const FAULTS = ['NONE', 'NOT_WRITTEN', 'NAME_TAKEN'];
const UNSETTLED = ['ORDER', 'RECEIPT'];

interface GaugeKind {
  readonly name: string;
  readonly help: string;
  /** `rail` where it is told by rails and not by banks. */
  readonly of?: 'adapter' | 'rail';
  /** What else it is told by, and the values that are 0 where tables have none, so that an alarm can be put on them. */
  readonly by?: readonly [label: string, values: readonly string[]];
}

/** docs/metrics.md says what to alert on. */
const GAUGES: Readonly<Record<Figure, GaugeKind>> = {
  orders: { name: 'orders_open', help: 'Orders that are not over', by: ['state', STATES] },
  ordersAge: {
    name: 'orders_open_age_seconds',
    help: 'For how long the oldest of them has been so',
    by: ['state', STATES],
  },
  overdue: { name: 'orders_overdue', help: 'Orders that should have settled by now' },
  unsettled: { name: 'unsettled', help: 'What banks said and books do not have', by: ['what', UNSETTLED] },
  unsettledAge: {
    name: 'unsettled_age_seconds',
    help: 'Age of the oldest of it',
    by: ['what', UNSETTLED],
  },
  differences: {
    name: 'differences_open',
    help: 'What banks say and our books do not bear out',
    by: ['kind', DIFFERENCES],
  },
  files: { name: 'files_unwritten', help: 'Files that are made and not written', by: ['fault', FAULTS] },
  filesAge: { name: 'files_unwritten_age_seconds', help: 'Age of the oldest of them', by: ['fault', FAULTS] },
  settleMedian: {
    name: 'settle_median_seconds',
    help: 'Half of the orders of the last day were settled within',
    of: 'rail',
  },
  settleP95: {
    name: 'settle_p95_seconds',
    help: '95 of 100 orders of the last day were settled within',
    of: 'rail',
  },
};

/**
 * Adds what an operator has to know of banks. A scrape is one statement, at most one each second; what cannot be read is
 * left out, and `omsx_bank_readable` is 0 then.
 *
 * @param source.database role omsx_bank
 * @param source.adapters those that are told of where nothing is to be told
 */
export function gaugeBanks(
  registry: Registry,
  source: { readonly database: Database; readonly adapters: readonly string[]; readonly logger: Logger },
): void {
  const read = fresh(FRESH_MS, () =>
    readFigures(source.database).catch((error: unknown) => {
      source.logger.warn({ err: error }, 'figures of banks could not be read');
      return null;
    }),
  );
  new Gauge({
    name: 'omsx_bank_readable',
    help: '1 when tables could be read',
    registers: [registry],
    async collect() {
      this.set((await read()) === null ? 0 : 1);
    },
  });
  for (const [figure, kind] of Object.entries(GAUGES)) {
    const { name, help, of = 'adapter', by } = kind;
    new Gauge({
      ...{ name: `omsx_bank_${name}`, help, registers: [registry] },
      labelNames: [of, ...(by === undefined ? [] : [by[0]])],
      async collect() {
        this.reset();
        const rows = await read();
        if (rows === null) return;
        fill(
          this,
          kind,
          of === 'adapter' ? source.adapters : [],
          rows.filter((row) => row.figure === figure),
        );
      },
    });
  }
}

function fill(
  own: Gauge<string>,
  { of = 'adapter', by }: GaugeKind,
  adapters: readonly string[],
  rows: readonly FigureRow[],
): void {
  for (const adapter of adapters) {
    if (by === undefined) own.set({ [of]: adapter }, 0);
    else for (const value of by[1]) own.set({ [of]: adapter, [by[0]]: value }, 0);
  }
  for (const { adapter, label, value } of rows) {
    own.set({ [of]: adapter, ...(by === undefined ? {} : { [by[0]]: label }) }, value);
  }
}
