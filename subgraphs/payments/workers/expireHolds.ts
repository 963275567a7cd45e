import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import { expireHold } from '../commands/expireHold.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import { nextHolds } from '../store/nextHolds.ts';

const ROUND_SIZE_MAX = 500;
const ROUND_PAUSE_MAX_MS = 1_000;

/**
 * Releases Holds whose time is over, each second or when the next one is due. Several processes may run it: the
 * second to expire a Hold meets a status in which there is nothing to do.
 *
 * @param database role omsx_payments_writer
 */
export function startHoldExpiry(deps: {
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly logger: Logger;
}): Rounds {
  const { database, lane, logger } = deps;
  return startRounds(
    () => expireDueHolds(database, lane),
    ROUND_PAUSE_MAX_MS,
    (error) => logger.error({ err: error }, 'expiring holds failed; the next round tries again'),
  );
}

/** One round, answering after how many milliseconds the next one is worth it. Safe to retry. */
export async function expireDueHolds(database: Database, lane: PaymentsLane): Promise<number> {
  const holds = await nextHolds(database, ROUND_SIZE_MAX);
  const due = holds.filter((hold) => hold.dueInMs <= 0);
  await Promise.all(due.map((hold) => lane.submit(expireHold(hold))));
  if (due.length === ROUND_SIZE_MAX) return 0;
  const next = holds[due.length]?.dueInMs ?? ROUND_PAUSE_MAX_MS;
  return Math.min(next, ROUND_PAUSE_MAX_MS);
}
