import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { ProviderSilentError } from '../provider.ts';

/** Pages of one round; the next round goes on. */
const PAGES_MAX = 20;

/** A provider's own list of events; `next` is where to read on. */
interface EventList<Received> {
  listEvents(since: string): Promise<{ readonly received: readonly Received[]; readonly next: string }>;
}

/**
 * Reads a provider's own list of events from where it was read before: whatever callback was lost is there. Safe to
 * repeat, and by several processes at once.
 */
export type EventPoll = <Received>(
  reader: { readonly database: Database; readonly adapter: string; readonly logger: Logger },
  provider: EventList<Received>,
  take: (received: Received) => Promise<unknown>,
) => Promise<void>;

/** @param schema whose table keeps how far was read @param who as logs call the provider */
export function eventPollOf(schema: 'bank' | 'cash', who: string): EventPoll {
  const readPosition = statement(
    `${schema}.read_position`,
    `select position from ${schema}.feed_position where adapter = $1`,
  );
  // Of two that read the same pages at once the later position stays, and the messages between are known anyway.
  const writePosition = statement(
    `${schema}.write_position`,
    `insert into ${schema}.feed_position (adapter, position) values ($1, $2)
     on conflict (adapter) do update set position = excluded.position`,
  );
  return async ({ database, adapter, logger }, provider, take) => {
    const [row] = await database.write((tx) =>
      tx.rows<{ readonly position: string }>(readPosition, [adapter]),
    );
    let position = row?.position ?? '';
    try {
      for (let page = 0; page < PAGES_MAX; page++) {
        const { received, next } = await provider.listEvents(position);
        for (const one of received) await take(one);
        if (next === position) return;
        await database.write((tx) => tx.rows(writePosition, [adapter, next]));
        position = next;
      }
    } catch (error) {
      if (error instanceof ProviderSilentError) {
        logger.warn({ adapter }, `${who} does not answer; its events are read later`);
        return;
      }
      // Orders go on meanwhile: what a list holds up is its own reading.
      logger.error(
        { err: error, adapter },
        `the events of ${who} could not be read; a later round tries again`,
      );
    }
  };
}
