import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import { readHashAt } from './blockRows.ts';
import type { NetworkStatus } from './networkView.ts';

/** What an operator has to know before a LOST Network is restarted. */
export interface Restart {
  readonly status: NetworkStatus;
  readonly reason: string | null;
  readonly followedNumber: bigint | null;
  readonly finalizedNumber: bigint | null;
  /** The newest stored block that the chain still has; null when there is none. */
  readonly commonNumber: bigint | null;
}

/** Rows of ours above a block: those that come and go with the chain, and those that stay as they are booked. */
export interface RowsAbove {
  readonly deposits: bigint;
  readonly finalDeposits: bigint;
  readonly transactions: bigint;
  readonly finalTransactions: bigint;
}

const NETWORK = statement(
  'chain.read_restart',
  `select status, reason, followed_number as "followedNumber", finalized_number as "finalizedNumber",
          (select min(number) from chain.block where network = code) as "oldest",
          (select max(number) from chain.block where network = code) as "newest"
     from chain.network where code = $1`,
);

const ABOVE = statement(
  'chain.count_above',
  `select (select count(*) from chain.deposit where network = $1 and block_number > $2 and state = 'SEEN') as deposits,
          (select count(*) from chain.deposit where network = $1 and block_number > $2 and state = 'FINAL')
            as "finalDeposits",
          (select count(*) from chain.transaction where network = $1 and block_number > $2 and state = 'INCLUDED')
            as transactions,
          (select count(*) from chain.transaction where network = $1 and block_number > $2 and state = 'FINAL')
            as "finalTransactions"`,
);

type NetworkRow = Omit<Restart, 'commonNumber'> & {
  readonly oldest: bigint | null;
  readonly newest: bigint | null;
};

/**
 * Looks where the stored blocks and the chain part. Changes nothing; safe to repeat.
 *
 * @returns null when the Network was never followed
 * @throws {ChainUnreachableError} when the chain cannot be asked
 */
export async function readRestart(
  database: Database,
  client: ChainClient,
  network: string,
): Promise<Restart | null> {
  const [row] = await database.write((tx) => tx.rows<NetworkRow>(NETWORK, [network]));
  if (row === undefined) return null;
  const { oldest, newest, ...known } = row;
  if (oldest === null || newest === null) return { ...known, commonNumber: null };
  const isCommon = async (number: bigint): Promise<boolean> => {
    const stored = await database.write((tx) => readHashAt(tx, network, number));
    return stored !== null && (await client.blockAt(number))?.hash === stored;
  };
  return { ...known, commonNumber: await newestWhere(oldest, newest, isCommon) };
}

/** Of a chain whose blocks hold up to some number and not after it: that number, in the fewest questions. */
async function newestWhere(
  oldest: bigint,
  newest: bigint,
  holds: (number: bigint) => Promise<boolean>,
): Promise<bigint | null> {
  let [held, above] = [oldest - 1n, newest + 1n];
  while (above - held > 1n) {
    const middle = (held + above) / 2n;
    if (await holds(middle)) held = middle;
    else above = middle;
  }
  return held < oldest ? null : held;
}

export async function countAbove(tx: Tx, network: string, number: bigint): Promise<RowsAbove> {
  const [row] = await tx.rows<RowsAbove>(ABOVE, [network, number]);
  return row ?? { deposits: 0n, finalDeposits: 0n, transactions: 0n, finalTransactions: 0n };
}
