import type { Position } from '../cursor.ts';
import type { Positioned } from '../feed/outboxRows.ts';
import { shardOf, streamKey } from '../feed/shard.ts';
import { encodeEntry, streamId } from '../feed/streamEntry.ts';
import type { RedisLink } from '../redis.ts';

/**
 * About as many entries as each stream keeps. Readers follow live and read everything older from the outbox, so
 * more would only fill Redis: at about 1 kB an event, 8 streams of 100,000 are three times the memory of the
 * embedded one.
 */
const STREAM_ENTRIES_MAX = 10_000;
/** What Redis says to an id at or below the newest of the stream: it was published before. */
const ALREADY_THERE = /equal or smaller/;

/**
 * Copies events in order to their shards' streams. `links` holds, for each shard, a position that the shard has no
 * event after, up to the first of `events`; it is moved on. Idempotent, because a stream refuses an id it has passed.
 *
 * @returns null when Redis has all of them; else why not: publish the same events again
 */
export async function publishEvents(
  redis: RedisLink,
  deployment: string,
  events: readonly Positioned[],
  links: Position[],
): Promise<string | null> {
  const moved = [...links];
  const answers = await redis.attempt(async (client) => {
    const pipeline = client.pipeline();
    for (const { event, position } of events) {
      const shard = shardOf(event.organizationId, moved.length);
      const fields = encodeEntry(event, moved[shard] as Position);
      pipeline.xadd(
        streamKey(deployment, shard),
        'MAXLEN',
        '~',
        STREAM_ENTRIES_MAX,
        streamId(position),
        ...fields,
      );
      moved[shard] = position;
    }
    return await pipeline.exec();
  });
  if (answers === null) return 'Redis does not answer';
  for (const [fault] of answers) if (fault && !ALREADY_THERE.test(fault.message)) return fault.message;
  for (const [shard, position] of moved.entries()) links[shard] = position;
  return null;
}
