import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import { expireQuote } from '../commands/acceptQuote.ts';
import { expireHold } from '../commands/expireHold.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import { nextHolds, type OpenHold } from '../store/nextHolds.ts';
import { nextQuotes, type OpenQuote } from '../store/quotes/nextQuotes.ts';

const ROUND_SIZE_MAX = 500;
const ROUND_PAUSE_MAX_MS = 1_000;

/** Things whose time runs out. */
export interface Expiring<One extends { readonly dueInMs: number }> {
  /** For the log. */
  readonly name: string;
  /** The `limit` that are over first, of all organizations. */
  readonly next: (database: Database, limit: number) => Promise<readonly One[]>;
  readonly commandOf: (one: One) => PaymentsCommand;
}

/** Holds are released when they run out: the second process to expire one meets a status in which there is nothing to do. */
export const HOLDS: Expiring<OpenHold> = { name: 'holds', next: nextHolds, commandOf: expireHold };

/**
 * That a Quote is over is written down with an event. Nobody waits for it: what is read and what may be accepted goes by
 * the clock.
 */
export const QUOTES: Expiring<OpenQuote> = { name: 'quotes', next: nextQuotes, commandOf: expireQuote };

/**
 * Expires what is due, each second or when the next one is. Several processes may run it.
 *
 * @param deps.database role omsx_payments_writer
 */
export function startExpiry<One extends { readonly dueInMs: number }>(
  expiring: Expiring<One>,
  deps: { readonly database: Database; readonly lane: PaymentsLane; readonly logger: Logger },
): Rounds {
  const { database, lane, logger } = deps;
  return startRounds(
    () => expireDue(expiring, database, lane),
    ROUND_PAUSE_MAX_MS,
    (error) => logger.error({ err: error }, `expiring ${expiring.name} failed; the next round tries again`),
  );
}

/** One round, answering after how many milliseconds the next one is worth it. Safe to retry. */
export async function expireDue<One extends { readonly dueInMs: number }>(
  { next, commandOf }: Expiring<One>,
  database: Database,
  lane: PaymentsLane,
): Promise<number> {
  const open = await next(database, ROUND_SIZE_MAX);
  const due = open.filter((one) => one.dueInMs <= 0);
  await Promise.all(due.map((one) => lane.submit(commandOf(one))));
  if (due.length === ROUND_SIZE_MAX) return 0;
  return Math.min(open[due.length]?.dueInMs ?? ROUND_PAUSE_MAX_MS, ROUND_PAUSE_MAX_MS);
}
