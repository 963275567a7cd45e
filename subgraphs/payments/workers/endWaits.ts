import type { CommandLane } from '../../../platform/commandLane.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import { expirePayoutApproval } from '../commands/gates/decidePayoutApproval.ts';
import { endWaiting } from '../commands/gates/readGateCommands.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import type { PayoutCommand } from '../domain/payouts/command.ts';
import { nextWaiting } from '../store/gates/nextWaiting.ts';

const ROUND_SIZE_MAX = 500;
const ROUND_PAUSE_MAX_MS = 1_000;

interface EndingWaits {
  /** Role omsx_payments_writer. */
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly payoutsLane: CommandLane<PayoutCommand>;
}

/**
 * Ends what nobody approved in time, and what was asked to be called off. Several processes may run it: the second to come
 * finds nothing to do. Nobody waits for it: what may be approved goes by the clock.
 */
export function startEndingWaits(deps: EndingWaits & { readonly logger: Logger }): Rounds {
  return startRounds(
    () => endDue(deps),
    ROUND_PAUSE_MAX_MS,
    (error) => deps.logger.error({ err: error }, 'ending what waits failed; the next round tries again'),
  );
}

/** One round, answering after how many milliseconds the next one is worth it. Safe to retry. */
export async function endDue({ database, lane, payoutsLane }: EndingWaits): Promise<number> {
  const waiting = await nextWaiting(database, ROUND_SIZE_MAX);
  const due = waiting.filter(({ dueInMs }) => dueInMs <= 0);
  await Promise.all(
    due.map((one) =>
      one.subject === 'TRANSACTION'
        ? lane.submit(endWaiting(one))
        : payoutsLane.submit(expirePayoutApproval(one)),
    ),
  );
  if (due.length === ROUND_SIZE_MAX) return 0;
  return Math.min(waiting[due.length]?.dueInMs ?? ROUND_PAUSE_MAX_MS, ROUND_PAUSE_MAX_MS);
}
