import type { FeedEvent } from '../../schema/events.ts';
import { comparePositions, type Position } from '../cursor.ts';
import { Bell } from './bell.ts';
import type { Positioned } from './outboxRows.ts';

export const BUFFER_EVENTS_MAX = 1_000;
const IDLE_CHECK_MS = 60_000;

/**
 * The live events that one subscriber has not taken yet. When they are too many all are forgotten, and the
 * subscriber learns that it has to replay from its last cursor: bounded memory, and never a silent drop.
 */
export class SubscriberBuffer {
  readonly organizationId: string;
  readonly #matches: (event: FeedEvent) => boolean;
  readonly #bell = new Bell();
  #events: Positioned[] = [];
  #overflowed = false;
  #closed = false;

  constructor(organizationId: string, matches: (event: FeedEvent) => boolean) {
    this.organizationId = organizationId;
    this.#matches = matches;
  }

  /** Called by the tail, in order. @returns false when this very event overflowed the buffer */
  push(live: Positioned): boolean {
    if (this.#overflowed || this.#closed || !this.#matches(live.event)) return true;
    if (this.#events.length >= BUFFER_EVENTS_MAX) {
      this.#events = [];
      this.#overflowed = true;
      this.#bell.ring();
      return false;
    }
    this.#events.push(live);
    this.#bell.ring();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#bell.ring();
  }

  /** Starts anew after an overflow; what comes from now on is kept. */
  reset(): void {
    this.#events = [];
    this.#overflowed = false;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Waits for events after `after` and takes them all; empty when it overflowed or was closed. */
  async take(after: Position): Promise<readonly Positioned[]> {
    for (;;) {
      if (this.#overflowed || this.#closed) return [];
      const taken = this.#events.filter((live) => comparePositions(live.position, after) > 0);
      this.#events = [];
      if (taken.length > 0) return taken;
      await this.#bell.wait(IDLE_CHECK_MS);
    }
  }
}
