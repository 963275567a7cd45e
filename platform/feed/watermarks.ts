import { comparePositions, type Position } from '../cursor.ts';
import type { Positioned } from './outboxRows.ts';
import { shardOf } from './shard.ts';

/**
 * How far each shard has been delivered: everything of the shard at or before its mark. Two readers (Redis and the
 * outbox) deliver at the same time; each delivers contiguous ranges in order and starts at or before the mark, so
 * skipping what is not past the mark keeps the whole exactly-once and in order without a lock.
 */
export class Watermarks {
  readonly #marks: Position[];

  constructor(shards: number, start: Position) {
    this.#marks = Array.from({ length: shards }, () => start);
  }

  get shards(): number {
    return this.#marks.length;
  }

  of(shard: number): Position {
    return this.#marks[shard] as Position;
  }

  /** Whether `position` is still to be delivered in `shard`. */
  isAhead(shard: number, position: Position): boolean {
    return comparePositions(position, this.of(shard)) > 0;
  }

  /** True, once, for an event that is the next of its shard. */
  pass(live: Positioned): boolean {
    const shard = shardOf(live.event.organizationId, this.#marks.length);
    if (!this.isAhead(shard, live.position)) return false;
    this.#marks[shard] = live.position;
    return true;
  }

  raise(shard: number, position: Position): void {
    if (this.isAhead(shard, position)) this.#marks[shard] = position;
  }

  raiseAll(position: Position): void {
    for (let shard = 0; shard < this.#marks.length; shard++) this.raise(shard, position);
  }
}
