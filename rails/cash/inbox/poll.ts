import type { Logger } from '../../../platform/log.ts';
import { statement } from '../../../platform/statement.ts';
import { ProviderSilentError } from '../../bank/provider.ts';
import type { CashProvider } from '../provider.ts';
import { type CashInbox, takeInCash } from './takeIn.ts';

/** Pages of one round; the next round goes on. */
const PAGES_MAX = 20;

const READ_POSITION = statement(
  'cash.read_position',
  'select position from cash.feed_position where adapter = $1',
);

/** Of two that read the same pages at once the later position stays, and the messages between are known anyway. */
const WRITE_POSITION = statement(
  'cash.write_position',
  `insert into cash.feed_position (adapter, position) values ($1, $2)
   on conflict (adapter) do update set position = excluded.position`,
);

/**
 * Reads the provider's own list of events from where it was read before: whatever callback was lost is there. Safe to
 * repeat, and by several processes at once.
 */
export async function pollCashEvents(
  inbox: CashInbox,
  provider: CashProvider,
  logger: Logger,
): Promise<void> {
  const { database, adapter } = inbox;
  const [row] = await database.write((tx) =>
    tx.rows<{ readonly position: string }>(READ_POSITION, [adapter]),
  );
  let position = row?.position ?? '';
  try {
    for (let page = 0; page < PAGES_MAX; page++) {
      const { received, next } = await provider.listEvents(position);
      for (const one of received) await takeInCash(inbox, one);
      if (next === position) return;
      await database.write((tx) => tx.rows(WRITE_POSITION, [adapter, next]));
      position = next;
    }
  } catch (error) {
    if (error instanceof ProviderSilentError) {
      logger.warn({ adapter }, 'a network of counters does not answer; its events are read later');
      return;
    }
    // Orders go on meanwhile: what a list holds up is its own reading.
    logger.error(
      { err: error, adapter },
      'the events of a network could not be read; a later round tries again',
    );
  }
}
