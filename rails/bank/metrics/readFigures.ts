import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** What tables tell of banks; each is a metric, see GAUGES. */
export type Figure =
  | 'orders'
  | 'ordersAge'
  | 'overdue'
  | 'unsettled'
  | 'unsettledAge'
  | 'differences'
  | 'files'
  | 'filesAge'
  | 'settleMedian'
  | 'settleP95';

export interface FigureRow {
  readonly figure: Figure;
  /** Of the bank; of the rail for times to settle. */
  readonly adapter: string;
  /** What it is of: a state, a kind; empty where there is but one. */
  readonly label: string;
  readonly value: number;
}

/** Nothing is counted any further. */
const ROWS_MAX = 100_000;

/** A count and the age of the oldest, in seconds, of rows that one partial index has. */
const counted = (figure: Figure, rows: string): string => `
  select f.figure, adapter, label, f.value
    from (select adapter, label, count(*)::float8 as count,
                 max(extract(epoch from clock_timestamp() - since))::float8 as age
            from (${rows} limit ${ROWS_MAX}) r group by adapter, label) g
   cross join lateral (values ('${figure}', g.count), ('${figure}Age', g.age)) f (figure, value)`;

/** Indexes order_due, order_unsettled, receipt_unsettled, difference_open, file_kept and order_settled. */
const READ_FIGURES = statement(
  'bank.metrics.read_figures',
  `${counted(
    'orders',
    `select adapter, state as label, case when state = 'QUEUED' then created_at else updated_at end as since
       from bank.order where state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED')`,
  )}
    union all
   select 'overdue', adapter, '', count(*)::float8
     from (select adapter from bank.order
            where state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED')
              and expected_by < clock_timestamp() limit ${ROWS_MAX}) late group by adapter
    union all ${counted(
      'unsettled',
      `select adapter, 'ORDER' as label, updated_at as since from bank.order where settled_version < version`,
    )}
    union all ${counted(
      'unsettled',
      `select adapter, 'RECEIPT' as label, updated_at as since from bank.receipt where settled_version < version`,
    )}
    union all
   select 'differences', adapter, kind, count(*)::float8
     from (select adapter, kind from bank.difference where closed_at is null limit ${ROWS_MAX}) open
    group by adapter, kind
    union all ${counted(
      'files',
      `select adapter, coalesce(fault, 'NONE') as label, created_at as since from bank.file where state = 'KEPT'`,
    )}
    union all
   select f.figure, rail, '', f.value
     from (select rail, percentile_cont(array[0.5, 0.95]) within group (order by seconds) as times
             from (select rail, extract(epoch from settled_at - created_at)::float8 as seconds
                     from bank.order where settled_at > clock_timestamp() - interval '1 day'
                    limit ${ROWS_MAX}) latest group by rail) g
    cross join lateral (values ('settleMedian', times[1]), ('settleP95', times[2])) f (figure, value)`,
);

/** All figures of all banks, in one statement whose rows are bounded. @param database role omsx_bank. Safe to retry. */
export function readFigures(database: Database): Promise<readonly FigureRow[]> {
  return database.write((tx) => tx.rows<FigureRow>(READ_FIGURES));
}
