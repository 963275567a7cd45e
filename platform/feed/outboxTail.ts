import { comparePositions, type Position } from '../cursor.ts';
import type { Database } from '../postgres.ts';
import { type Positioned, readAfter, readBetweenOfShard, readHorizon, readShardHeads } from './outboxRows.ts';
import type { SubscriberRegistry } from './registry.ts';
import type { Watermarks } from './watermarks.ts';

export const TAIL_PAGE_EVENTS_MAX = 1_000;

/** Reads live events from the record itself: all of them without Redis, what Redis did not have with it. */
export class OutboxTail {
  readonly #database: Database;
  readonly #marks: Watermarks;
  readonly #registry: SubscriberRegistry;
  readonly #deliver: (live: Positioned) => void;
  /** Everything at or before it has been delivered, in every shard. */
  #verified: Position;
  #gapsFilled = 0;

  constructor(parts: {
    readonly database: Database;
    readonly marks: Watermarks;
    readonly registry: SubscriberRegistry;
    readonly deliver: (live: Positioned) => void;
    readonly start: Position;
  }) {
    this.#database = parts.database;
    this.#marks = parts.marks;
    this.#registry = parts.registry;
    this.#deliver = parts.deliver;
    this.#verified = parts.start;
  }

  get gapsFilled(): number {
    return this.#gapsFilled;
  }

  /** Delivers all that is visible. Safe to repeat after an error: nothing is skipped. */
  async readAll(): Promise<void> {
    if (await this.#skipWhenNobodyListens()) return;
    for (;;) {
      const page = await readAfter(this.#database, this.#verified, TAIL_PAGE_EVENTS_MAX);
      for (const live of page.events) this.#deliver(live);
      const last = page.events.at(-1);
      if (page.events.length === TAIL_PAGE_EVENTS_MAX && last) {
        this.#verified = last.position;
        continue;
      }
      this.#settle(page.horizon);
      return;
    }
  }

  /** Compares what was delivered with the outbox, shard by shard, and delivers what is missing. */
  async verify(): Promise<void> {
    if (await this.#skipWhenNobodyListens()) return;
    const { heads, horizon } = await readShardHeads(this.#database, this.#verified, this.#marks.shards);
    for (const [shard, head] of heads) await this.fill(shard, head);
    this.#settle(horizon);
  }

  /** Delivers what the shard has up to `upTo`. */
  async fill(shard: number, upTo: Position): Promise<void> {
    // Nobody listens now; whoever comes later starts from a horizon that these events are behind.
    if (!this.#registry.isWanted(shard)) return this.#marks.raise(shard, upTo);
    if (!this.#marks.isAhead(shard, upTo)) return;
    this.#gapsFilled++;
    let after = this.#marks.of(shard);
    for (;;) {
      const page = await readBetweenOfShard(
        this.#database,
        { after, upTo },
        { index: shard, count: this.#marks.shards },
        TAIL_PAGE_EVENTS_MAX,
      );
      for (const live of page.events) this.#deliver(live);
      const last = page.events.at(-1);
      if (page.events.length < TAIL_PAGE_EVENTS_MAX || !last) break;
      after = last.position;
    }
    this.#marks.raise(shard, upTo);
  }

  /**
   * With no subscriber there is nothing to read. A subscriber that comes while the horizon is on its way may start
   * from an older one, so the answer is used only when nobody came.
   */
  async #skipWhenNobodyListens(): Promise<boolean> {
    if (this.#registry.size > 0) return false;
    const registrations = this.#registry.registrations;
    const horizon = await readHorizon(this.#database);
    if (this.#registry.registrations === registrations) this.#settle(horizon);
    return true;
  }

  #settle(horizon: Position): void {
    if (comparePositions(horizon, this.#verified) > 0) this.#verified = horizon;
    this.#marks.raiseAll(horizon);
  }
}
