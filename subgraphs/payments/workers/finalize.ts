import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import { finalizeTransaction } from '../commands/finalizeTransaction.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import { nextReversible } from '../store/nextReversible.ts';

const ROUND_SIZE_MAX = 500;
const ROUND_PAUSE_MS = 5_000;

/** Makes final what its rail cannot send back any more. Several processes may run it, as with Holds that run out. */
export function startFinalizing(deps: {
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly logger: Logger;
}): Rounds {
  return startRounds(
    async () => {
      await finalizeDue(deps.database, deps.lane);
      return ROUND_PAUSE_MS;
    },
    ROUND_PAUSE_MS,
    (error) => deps.logger.error({ err: error }, 'finalizing failed; the next round tries again'),
  );
}

/** One round. Safe to retry. */
export async function finalizeDue(database: Database, lane: PaymentsLane): Promise<void> {
  const due = await nextReversible(database, ROUND_SIZE_MAX);
  await Promise.all(due.map((one) => lane.submit(finalizeTransaction(one))));
}
