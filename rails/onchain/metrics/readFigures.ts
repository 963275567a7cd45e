import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** What tables tell of a Network; each is a metric, see GAUGES. */
export type Figure =
  | 'head'
  | 'followed'
  | 'finalized'
  | 'finalizedAge'
  | 'viewAge'
  | 'status'
  | 'endpoints'
  | 'deposits'
  | 'depositsAge'
  | 'queued'
  | 'carried'
  | 'unsettledSends'
  | 'unsettledSendsAge'
  | 'transactions'
  | 'transactionsAge'
  | 'asked'
  | 'askedAge'
  | 'gas'
  | 'differences';

export interface FigureRow {
  readonly network: string;
  readonly figure: Figure;
  /** What it is of: a state, a kind; empty for figures of the whole Network. */
  readonly label: string;
  readonly value: number;
}

/** Nothing is counted any further: whoever is alarmed by so many need not know how many they are. */
const ROWS_MAX = 100_000;
/** Organizations whose gas is looked at. */
const ORGANIZATIONS_MAX = 10_000;

/** A count and the age of the oldest, in seconds, of rows that one partial index has. */
const counted = (figure: Figure, label: string, rows: string): string => `
  select network, f.figure, ${label} as label, f.value
    from (select network, ${label}, count(*)::float8 as count, max(extract(epoch from clock_timestamp() - since))::float8 as age
            from (${rows} limit ${ROWS_MAX}) r group by network, ${label}) g
   cross join lateral (values ('${figure}', g.count), ('${figure}Age', g.age)) f (figure, value)`;

const READ_FIGURES = statement(
  'chain.metrics.read_figures',
  `select code as network, f.figure, f.label, f.value
     from chain.network
    cross join lateral (values
      ('head', '', head_number::float8),
      ('followed', '', followed_number::float8),
      ('finalized', '', finalized_number::float8),
      ('finalizedAge', '', extract(epoch from clock_timestamp() - finalized_at)::float8),
      ('viewAge', '', extract(epoch from clock_timestamp() - viewed_at)::float8),
      ('status', status, 1::float8)) f (figure, label, value)
    where f.value is not null
    union all
   select code, 'endpoints', endpoint ->> 'status', count(*)::float8
     from chain.network cross join lateral jsonb_array_elements(endpoints) endpoint group by 1, 3
    union all ${counted(
      'deposits',
      'state',
      'select network, state, updated_at as since from chain.deposit where settled_version < version',
    )}
    union all ${counted(
      'unsettledSends',
      'state',
      `select network, state, updated_at as since from chain.send
        where settled_version < version and purpose = 'PAYMENT'`,
    )}
    union all
   select network, 'queued', waits_for, count(*)::float8
     from (select network, coalesce(waits_for, 'NOTHING') as waits_for from chain.send
            where state = 'QUEUED' limit ${ROWS_MAX}) queued group by network, waits_for
    union all
   select network, 'carried', state, count(*)::float8
     from (select s.network, s.state from chain.transaction t join chain.send s on s.chain_transaction_id = t.id
            where t.state not in ('FINAL', 'REFUSED') and s.state in ('PLANNED', 'BROADCAST', 'INCLUDED')
            limit ${ROWS_MAX}) carried group by network, state
    union all ${counted(
      'transactions',
      'state',
      `select network, state, created_at as since from chain.transaction where state not in ('FINAL', 'REFUSED')`,
    )}
    union all ${counted(
      'asked',
      'what',
      `select network, what, since from (
         select network, 'ATTEMPT' as what, created_at as since from chain.attempt where state = 'ASKED'
          union all
         select network, 'AUTHORIZATION', created_at from chain.authorization where state = 'ASKED') asked`,
    )}
    union all
   select network.code, 'gas', '', min((a.credits_posted - a.debits_posted) / 10::numeric ^ coin.scale)::float8
     from chain.network
     join chain.asset coin on coin.network = network.code and coin.contract is null
    cross join lateral (select organization_id from chain.address
            where network = network.code and purpose = 'CUSTODY' limit ${ORGANIZATIONS_MAX}) custody
     join ledger.account a on a.organization_id = custody.organization_id and a.kind = 'FEES'
      and a.asset = network.native_asset and a.place = network.code
    group by network.code
    union all
   select network, 'differences', kind, count(*)::float8
     from (select network, kind from chain.difference where closed_at is null limit ${ROWS_MAX}) open
    group by network, kind`,
);

/** All figures of all Networks, in one statement whose rows are bounded. @param database role omsx_chain. Safe to retry. */
export function readFigures(database: Database): Promise<readonly FigureRow[]> {
  return database.write((tx) => tx.rows<FigureRow>(READ_FIGURES));
}
