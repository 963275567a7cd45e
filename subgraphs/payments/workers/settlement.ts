import { arrayOf } from '../../../platform/arrays.ts';
import { sleep } from '../../../platform/clock.ts';
import { startHintedWork } from '../../../platform/feed/hintedWork.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Rounds } from '../../../platform/rounds.ts';
import type { Statement } from '../../../platform/statement.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import type { PaymentsCommand } from '../domain/command.ts';

/** Of each kind in one round. */
const ROUND_SIZE_MAX = 200;
const POLL_MS = 1_000;
/** At most so many hints are answered: a round a moment takes what many of them announced. */
const ROUND_PAUSE_MS = 20;
const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 300_000;
const BACKOFF_DOUBLINGS_MAX = 9;
/** Things that wait for another try; beyond, the oldest is tried again at once. */
const WAITING_MAX = 10_000;

/** What could not be settled, and when it is worth another try. Each process keeps its own. */
interface Waiting {
  readonly failures: number;
  readonly untilMs: number;
}
export type Backoffs = Map<Uuid, Waiting>;

export interface Settlement {
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly logger: Logger;
}

/** What a place outside has decided and the books follow. */
export interface Source<One extends { readonly id: Uuid }> {
  /** For the log: `chain`, `bank`. */
  readonly name: string;
  /** Of the hint that there is something. */
  readonly channel: string;
  /** For each kind of thing the longest unsettled: $2 of them at the most, but for those of $1. */
  readonly unsettled: readonly Statement[];
  /** May ask outside; what that costs in time, the others of the same source wait. */
  readonly commandOf: (one: One) => PaymentsCommand | Promise<PaymentsCommand>;
}

/**
 * Takes the books as far as a source is, when a hint comes and each second. Several processes may run it: the row of
 * each thing says how far the books are and is locked while they are moved.
 *
 * @param deps.database role omsx_payments_writer
 */
export function startSettlement<One extends { readonly id: Uuid }>(
  source: Source<One>,
  deps: Settlement & { readonly url: string },
): Rounds {
  const { url, logger } = deps;
  return startHintedWork({
    url,
    name: `omsx ${source.name} settler`,
    channel: source.channel,
    logger,
    work: async (bell, signal) => {
      const backoffs: Backoffs = new Map();
      while (!signal.aborted) {
        try {
          if (await settleRound(source, deps, backoffs)) bell.ring();
        } catch (error) {
          logger.error({ err: error, source: source.name }, 'settling failed; the next round tries again');
        }
        await sleep(ROUND_PAUSE_MS, signal);
        if (!signal.aborted) await bell.wait(POLL_MS);
      }
    },
  });
}

/**
 * One round over what is unsettled, oldest first; what failed before waits its time and holds up nothing else. Answers
 * whether there may be more. Safe to retry.
 */
export async function settleRound<One extends { readonly id: Uuid }>(
  source: Source<One>,
  deps: Settlement,
  backoffs: Backoffs,
): Promise<boolean> {
  const nowMs = Date.now();
  const waiting = [...backoffs].flatMap(([id, { untilMs }]) => (untilMs > nowMs ? id : []));
  let isMore = false;
  const parameters = [arrayOf(waiting, (id) => id), ROUND_SIZE_MAX];
  for (const next of source.unsettled) {
    const unsettled = await deps.database.write((tx) => tx.rows<One>(next, parameters));
    await Promise.all(unsettled.map((one) => settleOne(source, deps, backoffs, one)));
    isMore ||= unsettled.length === ROUND_SIZE_MAX;
  }
  return isMore;
}

async function settleOne<One extends { readonly id: Uuid }>(
  source: Source<One>,
  { lane, logger }: Settlement,
  backoffs: Backoffs,
  one: One,
): Promise<void> {
  try {
    const { result } = await lane.submit(await source.commandOf(one));
    if (result.type === 'Settled') {
      backoffs.delete(one.id);
      return;
    }
    logger.error(
      { settling: one, source: source.name, why: result.why },
      'the books and what is outside contradict one another; held money stays held',
    );
  } catch (error) {
    logger.error({ settling: one, err: error }, 'could not be settled; a later round tries again');
  }
  backOff(backoffs, one.id);
}

function backOff(backoffs: Backoffs, id: Uuid): void {
  const failures = (backoffs.get(id)?.failures ?? 0) + 1;
  const delayMs = Math.min(
    BACKOFF_MIN_MS * 2 ** Math.min(failures - 1, BACKOFF_DOUBLINGS_MAX),
    BACKOFF_MAX_MS,
  );
  // Taken out first, so that the map stays in the order of what failed last.
  backoffs.delete(id);
  backoffs.set(id, { failures, untilMs: Date.now() + delayMs });
  const [oldest] = backoffs.keys();
  if (backoffs.size > WAITING_MAX && oldest !== undefined) backoffs.delete(oldest);
}
