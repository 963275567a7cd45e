import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import { expireQuote } from '../commands/acceptQuote.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import { nextQuotes } from '../store/quotes/nextQuotes.ts';

const ROUND_SIZE_MAX = 500;
const ROUND_PAUSE_MAX_MS = 1_000;

/**
 * Writes down that Quotes are over, each second or when the next one is, with an event of each. Nobody waits for it:
 * what is read and what may be accepted goes by the clock. Several processes may run it.
 *
 * @param database role omsx_payments_writer
 */
export function startQuoteExpiry(deps: {
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly logger: Logger;
}): Rounds {
  const { database, lane, logger } = deps;
  return startRounds(
    () => expireDueQuotes(database, lane),
    ROUND_PAUSE_MAX_MS,
    (error) => logger.error({ err: error }, 'expiring quotes failed; the next round tries again'),
  );
}

/** One round, answering after how many milliseconds the next one is worth it. Safe to retry. */
export async function expireDueQuotes(database: Database, lane: PaymentsLane): Promise<number> {
  const quotes = await nextQuotes(database, ROUND_SIZE_MAX);
  const due = quotes.filter((quote) => quote.dueInMs <= 0);
  await Promise.all(due.map((quote) => lane.submit(expireQuote(quote))));
  if (due.length === ROUND_SIZE_MAX) return 0;
  const next = quotes[due.length]?.dueInMs ?? ROUND_PAUSE_MAX_MS;
  return Math.min(next, ROUND_PAUSE_MAX_MS);
}
