import { sleep } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { expireHold } from '../commands/expireHold.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import { nextHolds } from '../store/nextHolds.ts';

const ROUND_SIZE_MAX = 500;
const ROUND_PAUSE_MAX_MS = 1_000;

export interface Worker {
  /** Resolves when the round under way is over. */
  stop(): Promise<void>;
}

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
}): Worker {
  const stopping = new AbortController();
  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      let pauseMs = ROUND_PAUSE_MAX_MS;
      try {
        pauseMs = await expireDueHolds(deps.database, deps.lane);
      } catch (error) {
        deps.logger.error({ err: error }, 'expiring holds failed; the next round tries again');
      }
      await sleep(pauseMs, stopping.signal);
    }
  }
  const working = work();
  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
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
