import { sleep } from '../../../platform/clock.ts';
import { startHintedWork } from '../../../platform/feed/hintedWork.ts';
import type { Uuid } from '../../../platform/id.ts';
import { LaneFullError } from '../../../platform/lane.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Rounds } from '../../../platform/rounds.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import { payItem } from '../commands/payouts/payItem.ts';
import { PAYOUTS_CHANNEL } from '../store/payouts/insertPayoutBatch.ts';
import { nextPayouts, type WaitingPayout } from '../store/payouts/nextPayouts.ts';

/** PayoutBatches that take turns in one round, and how much of the lane each may take meanwhile. */
const CHUNK = { batches: 4, itemsOfEach: 500 } as const;
const POLL_MS = 1_000;
/** After a round that could not be done, or while the lane has no room. */
const FAULT_PAUSE_MS = 250;
/** An item that could not be decided at all waits so long, and holds up nothing else meanwhile. */
const RETRY_MS = 5_000;
const WAITING_MAX = 10_000;

/** Items that could not be decided, and when each is worth another try. Each process keeps its own. */
export type StuckItems = Map<Uuid, number>;

interface Paying {
  /** Role omsx_payments_writer. */
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly logger: Logger;
}

/**
 * Feeds what PayoutBatches wait for to the lane, chunk by chunk, when a hint comes and each second. Killed at any moment
 * it loses and doubles nothing, because an item is paid and marked in one tx. Several processes may run it: who comes
 * second to an item finds it paid.
 */
export function startPayouts(deps: Paying & { readonly url: string }): Rounds {
  const { url, logger } = deps;
  return startHintedWork({
    url,
    name: 'omsx payouts',
    channel: PAYOUTS_CHANNEL,
    logger,
    work: async (bell, signal) => {
      const stuck: StuckItems = new Map();
      while (!signal.aborted) {
        try {
          if (await payRound(deps, stuck)) continue;
        } catch (error) {
          logger.error({ err: error }, 'paying a chunk of payouts failed; the next round tries again');
          await sleep(FAULT_PAUSE_MS, signal);
        }
        if (!signal.aborted) await bell.wait(POLL_MS);
      }
    },
  });
}

/** One chunk of each of several PayoutBatches. Answers whether there may be more. Safe to retry. */
export async function payRound({ database, lane, logger }: Paying, stuck: StuckItems): Promise<boolean> {
  const nowMs = Date.now();
  for (const [id, untilMs] of stuck) if (untilMs <= nowMs) stuck.delete(id);
  const items = await nextPayouts(database, CHUNK, [...stuck.keys()]);
  if (items.length === 0) return false;
  const paid = await Promise.allSettled(items.map((item) => lane.submit(payItem(item))));
  let failed = 0;
  for (const [index, outcome] of paid.entries()) {
    if (outcome.status === 'fulfilled') continue;
    failed++;
    if (outcome.reason instanceof LaneFullError) continue;
    const { id, batchId, organizationId } = items[index] as WaitingPayout;
    logger.error({ err: outcome.reason, id, batchId, organizationId }, 'a payout could not be decided');
    if (stuck.size < WAITING_MAX) stuck.set(id, nowMs + RETRY_MS);
  }
  if (failed > 0) await sleep(FAULT_PAUSE_MS);
  return true;
}
