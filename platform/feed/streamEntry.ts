import type { FeedEvent } from '../../schema/events.ts';
import { formatCursor, type Position, parseCursor } from '../cursor.ts';
import type { Positioned } from './outboxRows.ts';

/**
 * An event in a Redis Stream. Its id is the event's position, which is why publishing it twice is refused by Redis
 * itself. `prev` says that the shard has no event between `prev` and this one: a reader that has everything up to
 * `prev` has missed nothing.
 */
export interface StreamEntry extends Positioned {
  readonly prev: Position;
}

const PREV = 'p';
const EVENT = 'e';

/** `<xid>-<seq>`, which Redis compares as we do. */
export function streamId(position: Position): string {
  return `${position.xid}-${position.seq}`;
}

/** Fields and values for XADD. */
export function encodeEntry(event: FeedEvent, prev: Position): readonly string[] {
  return [PREV, formatCursor(prev), EVENT, JSON.stringify(event)];
}

/** Reads what `encodeEntry` wrote; null for anything else, which a reader treats as a gap. */
export function decodeEntry(id: string, fields: readonly string[]): StreamEntry | null {
  const [xid, seq] = id.split('-');
  const prev = fields[0] === PREV ? parseCursor(fields[1] ?? '') : null;
  if (!xid || !seq || prev === null || fields[2] !== EVENT) return null;
  return {
    position: { xid: BigInt(xid), seq: BigInt(seq) },
    prev,
    event: JSON.parse(fields[3] ?? 'null') as FeedEvent,
  };
}
