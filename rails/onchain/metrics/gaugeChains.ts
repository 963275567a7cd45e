import { Gauge, type Registry } from 'prom-client';
import { type Figure, type FigureRow, readFigures } from './readFigures.ts';
import { TankBalances, type TankSource } from './tankBalances.ts';

/** Scrapes that come closer together get the same. */
const FRESH_MS = 1_000;

const STATUSES = ['STARTING', 'HEALTHY', 'LAGGING', 'STALLED', 'UNREACHABLE', 'LOST'];
const ENDPOINT_STATUSES = ['HEALTHY', 'LAGGING', 'FAULTY', 'UNREACHABLE'];
const DIFFERENCES = ['BALANCE', 'FOREIGN_NONCE', 'INCOMING_UNSEEN'];
const ASKED = ['ATTEMPT', 'AUTHORIZATION'];
const OPEN_STATES = ['PLANNED', 'SIGNED', 'BROADCAST', 'INCLUDED'];
const CARRIED_STATES = ['PLANNED', 'BROADCAST', 'INCLUDED'];
const DEPOSIT_STATES = ['SEEN', 'FINAL', 'ORPHANED', 'DROPPED'];
const SEND_STATES = ['QUEUED', 'PLANNED', 'BROADCAST', 'INCLUDED', 'FINAL', 'FAILED', 'CANCELED'];
const WAITS = ['NOTHING', 'SCREENING', 'LIQUIDITY', 'GAS', 'LANE', 'BREAKER', 'LIMIT', 'REVERT', 'SIGNATURE'];

interface GaugeKind {
  readonly name: string;
  readonly help: string;
  /** What it is told by, and the values that are 0 where tables have none, so that an alarm can be put on them. */
  readonly by?: readonly [label: string, values: readonly string[]];
}

/** docs/metrics.md says what to alert on. */
const GAUGES: Readonly<Record<Figure, GaugeKind>> = {
  head: { name: 'head_number', help: 'Newest block that the chain has' },
  followed: { name: 'followed_number', help: 'Newest block whose deposits and sends are in tables' },
  finalized: { name: 'finalized_number', help: 'Newest finalized block' },
  finalizedAge: { name: 'finalized_age_seconds', help: 'Age of the newest finalized block' },
  viewAge: { name: 'view_age_seconds', help: 'Since the follower last wrote what it sees' },
  status: { name: 'status', help: '1 for the status that it has', by: ['status', STATUSES] },
  endpoints: { name: 'endpoints', help: 'Endpoints by status', by: ['status', ENDPOINT_STATUSES] },
  deposits: {
    name: 'deposits_unsettled',
    help: 'Deposits that books do not have yet as the chain has them',
    by: ['state', DEPOSIT_STATES],
  },
  depositsAge: {
    name: 'deposits_unsettled_age_seconds',
    help: 'Age of the oldest of them',
    by: ['state', DEPOSIT_STATES],
  },
  queued: { name: 'sends_queued', help: 'Sends by what they wait for', by: ['waits_for', WAITS] },
  carried: { name: 'sends_carried', help: 'Sends in a ChainTransaction', by: ['state', CARRIED_STATES] },
  unsettledSends: {
    name: 'sends_unsettled',
    help: 'Payments that books do not have yet as the chain has them',
    by: ['state', SEND_STATES],
  },
  unsettledSendsAge: {
    name: 'sends_unsettled_age_seconds',
    help: 'Age of the oldest of them',
    by: ['state', SEND_STATES],
  },
  transactions: {
    name: 'transactions_open',
    help: 'ChainTransactions that are not final',
    by: ['state', OPEN_STATES],
  },
  transactionsAge: {
    name: 'transactions_open_age_seconds',
    help: 'Age of the oldest of them',
    by: ['state', OPEN_STATES],
  },
  asked: { name: 'signatures_asked', help: 'What waits for the signer', by: ['what', ASKED] },
  askedAge: { name: 'signatures_asked_age_seconds', help: 'Age of the oldest of them', by: ['what', ASKED] },
  gas: { name: 'prepaid_gas_min', help: 'Gas paid ahead by whoever has least, in coins' },
  differences: { name: 'differences_open', help: 'Books and chain differ', by: ['kind', DIFFERENCES] },
};

/**
 * Adds what an operator has to know of each Network. A scrape is one statement, at most one each second; what cannot be read is left out, and `omsx_chain_readable` is 0 then.
 *
 * @param source.database role omsx_chain
 */
export function gaugeChains(registry: Registry, source: TankSource): void {
  const codes = source.networks.map(({ network }) => network.code);
  const read = fresh(() =>
    readFigures(source.database).catch((error: unknown) => {
      source.logger.warn({ err: error }, 'figures of chains could not be read');
      return null;
    }),
  );
  const gauge = (name: string, help: string, labelNames: readonly string[], collect: Collect): void => {
    new Gauge({
      name: `omsx_chain_${name}`,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        await collect(this);
      },
    });
  };
  gauge('readable', '1 when tables could be read', [], async (own) => {
    own.set((await read()) === null ? 0 : 1);
  });
  for (const [figure, { name, help, by }] of Object.entries(GAUGES)) {
    const labels = ['network', ...(by === undefined ? [] : [by[0]])];
    gauge(name, help, labels, async (own) => {
      const rows = await read();
      if (rows !== null)
        fill(
          own,
          codes,
          by,
          rows.filter((row) => row.figure === figure),
        );
    });
  }
  const tanks = new TankBalances(source);
  gauge('tank_balance', 'What is in the gas tank, in coins', ['network'], async (own) => {
    for (const [network, coins] of await tanks.coins()) own.set({ network }, coins);
  });
}

type Collect = (own: Gauge<string>) => Promise<void>;

function fill(
  own: Gauge<string>,
  codes: readonly string[],
  by: GaugeKind['by'],
  rows: readonly FigureRow[],
): void {
  for (const network of codes)
    for (const value of by?.[1] ?? []) own.set({ network, [by?.[0] ?? '']: value }, 0);
  for (const { network, label, value } of rows) {
    if (!codes.includes(network)) continue;
    own.set({ network, ...(by === undefined ? {} : { [by[0]]: label }) }, value);
  }
}

/** The gauges of one scrape, and scrapes that follow soon, share one answer. */
function fresh<Answer>(read: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (answer === undefined || nowMs - readAtMs >= FRESH_MS) {
      readAtMs = nowMs;
      answer = read();
    }
    return answer;
  };
}
