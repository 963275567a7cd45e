import type { Position } from '../cursor.ts';
import type { RedisLink } from '../redis.ts';
import type { Positioned } from './outboxRows.ts';
import { shardOf, streamKey } from './shard.ts';
import { decodeEntry, streamId } from './streamEntry.ts';
import type { Watermarks } from './watermarks.ts';

const BLOCK_MS = 1_000;
const ENTRIES_MAX = 1_000;

/** What XREAD answers: `[[key, [[id, [field, value, ...]], ...]], ...]`. */
type XreadAnswer = readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[];

/**
 * Waits up to a second for entries of any shard and delivers them; a gap in the `prev` links is filled from the
 * outbox first. False when Redis did not answer.
 *
 * @throws whatever filling a gap throws; nothing is skipped, call again
 */
export async function readRedisOnce(parts: {
  readonly link: RedisLink;
  readonly deployment: string;
  readonly marks: Watermarks;
  readonly deliver: (live: Positioned) => void;
  readonly fill: (shard: number, upTo: Position) => Promise<void>;
}): Promise<boolean> {
  const { link, deployment, marks, deliver, fill } = parts;
  const keys = Array.from({ length: marks.shards }, (_, shard) => streamKey(deployment, shard));
  const answer = await link.attempt(async (client) => ({
    streams: (await client.xread(
      'COUNT',
      ENTRIES_MAX,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      ...keys,
      ...keys.map((_, shard) => streamId(marks.of(shard))),
    )) as XreadAnswer | null,
  }));
  if (answer === null) return false;
  for (const [key, entries] of answer.streams ?? []) {
    const shard = keys.indexOf(key);
    for (const [id, fields] of entries) {
      const entry = decodeEntry(id, fields);
      // Not ours, or of a deployment with another number of shards: the safety poll finds what it stands for.
      if (entry === null || shardOf(entry.event.organizationId, marks.shards) !== shard) continue;
      if (!marks.isAhead(shard, entry.position)) continue;
      if (marks.isAhead(shard, entry.prev)) await fill(shard, entry.prev);
      deliver(entry);
    }
  }
  return true;
}
