import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import { statement } from '../../../platform/statement.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import { findUnseen } from './findUnseen.ts';
import { keepResults } from './keepResults.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';

/** Between the end of one comparison and the next, and at least so many times as long as the last one took. */
const PAUSE_MS = 10_000;
const PAUSE_SHARE = 10;
/** While the follower has not passed the block that would be compared. */
const BEHIND_PAUSE_MS = 1_000;

const FOLLOWED = statement(
  'chain.followed_number',
  'select followed_number as "followedNumber" from chain.network where code = $1',
);

export interface ReconcilerOptions {
  /** Role omsx_chain. */
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly logger: Logger;
}

/**
 * Compares books and chain over and over. Several may run: each writes what is true at its block, and a comparison
 * changes nothing that money depends on.
 */
export function startReconciler(options: ReconcilerOptions): Rounds {
  const { logger, network } = options;
  return startRounds(
    () => compareRound(options),
    PAUSE_MS,
    (error) => logger.warn({ err: error, network: network.code }, 'books and chain were not compared'),
  );
}

/** Answers after how many milliseconds the next one is worth it. */
async function compareRound(options: ReconcilerOptions): Promise<number> {
  const beganMs = performance.now();
  if ((await reconcileOnce(options)) === null) return BEHIND_PAUSE_MS;
  return Math.max(PAUSE_MS, PAUSE_SHARE * (performance.now() - beganMs));
}

/** One comparison, stored; null while the follower is behind. Safe to repeat. @throws {ChainUnreachableError} */
export async function reconcileOnce(options: ReconcilerOptions): Promise<Reconciliation | null> {
  const { database, network, client, logger } = options;
  const reconciliation = await reconcile(database, client, network, () =>
    followedNumber(database, network.code),
  );
  if (reconciliation === null) return null;
  const unseen = await findUnseen(database, client, network, reconciliation);
  const differing = await database.write((tx) => keepResults(tx, network.code, reconciliation, unseen));
  if (differing > 0) {
    logger.error({ network: network.code, differing }, 'books and chain differ; chain.difference says where');
  }
  return reconciliation;
}

/** The newest block whose effects are in our tables; null before the first. */
export async function followedNumber(database: Database, network: string): Promise<bigint | null> {
  const [row] = await database.write((tx) => tx.rows<{ followedNumber: bigint | null }>(FOLLOWED, [network]));
  return row?.followedNumber ?? null;
}
