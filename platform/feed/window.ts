import { comparePositions, type Position } from '../cursor.ts';
import type { Uuid } from '../id.ts';
import { invariant } from '../invariant.ts';
import type { Positioned } from './outboxRows.ts';

/** What is held of one organization's events. */
export interface WindowLimits {
  readonly eventsMax: number;
  /** As JSON; as objects they take about twice that. */
  readonly bytesMax: number;
  /** From reading an event until it is let go. */
  readonly ageMaxMs: number;
}

const MIB = 1024 * 1024;

export const WINDOW_LIMITS: WindowLimits = Object.freeze({
  eventsMax: 10_000,
  bytesMax: 16 * MIB,
  ageMaxMs: 60_000,
});

interface Held {
  readonly one: Positioned;
  readonly bytes: number;
  readonly readAtMs: number;
}

/**
 * The latest events of one organization: every one of them after `floor` and up to `head`, in order, as the outbox has
 * them. It grows at both ends by what was read there, and gives up the oldest when it is full, so `floor` rises.
 */
export class EventWindow {
  readonly organizationId: Uuid;
  readonly #limits: WindowLimits;
  #held: Held[] = [];
  #bytes = 0;
  #floor: Position;
  #head: Position;

  /** @param at a position that all events up to are visible to everybody */
  constructor(organizationId: Uuid, at: Position, limits: WindowLimits) {
    this.organizationId = organizationId;
    this.#limits = limits;
    this.#floor = at;
    this.#head = at;
  }

  get floor(): Position {
    return this.#floor;
  }

  get head(): Position {
    return this.#head;
  }

  get size(): number {
    return this.#held.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True when it can take no older event without giving it up at once. */
  get isFull(): boolean {
    return this.#held.length >= this.#limits.eventsMax || this.#bytes >= this.#limits.bytesMax;
  }

  /** True when a reader that has everything up to `position` finds here what comes after it, up to `head`. */
  covers(position: Position): boolean {
    return comparePositions(position, this.#floor) >= 0 && comparePositions(position, this.#head) <= 0;
  }

  /** Up to `max` events after `position`, which it covers; everything up to `upTo` is among them. */
  after(
    position: Position,
    max: number,
  ): { readonly events: readonly Positioned[]; readonly upTo: Position } {
    const from = this.#indexAfter(position);
    const events = this.#held.slice(from, from + max).map(({ one }) => one);
    const last = events.at(-1);
    const isRest = from + max >= this.#held.length;
    return { events, upTo: isRest || last === undefined ? this.#head : last.position };
  }

  /** Adds all events after `head` and up to `upTo`, which becomes the head. */
  append(events: readonly Positioned[], upTo: Position, nowMs: number): void {
    invariant(comparePositions(upTo, this.#head) >= 0, 'the head of a window goes forward');
    for (const held of events.map((one) => this.#hold(one, nowMs))) this.#held.push(held);
    this.#head = upTo;
    this.#shrink();
  }

  /** Adds all events after `from` and up to `floor`; `from` becomes the floor. */
  prepend(events: readonly Positioned[], from: Position, nowMs: number): void {
    invariant(comparePositions(from, this.#floor) <= 0, 'a window is extended to what is older');
    this.#held = [...events.map((one) => this.#hold(one, nowMs)), ...this.#held];
    this.#floor = from;
    this.#shrink();
  }

  /** Lets go what is at or before `position`. */
  raiseFloor(position: Position): void {
    if (comparePositions(position, this.#floor) <= 0) return;
    this.#drop(this.#indexAfter(position));
    this.#floor = position;
    if (comparePositions(position, this.#head) > 0) this.#head = position;
  }

  /** Lets go what was read long ago. */
  prune(nowMs: number): void {
    const young = this.#held.findIndex(({ readAtMs }) => readAtMs + this.#limits.ageMaxMs > nowMs);
    this.#dropAndRaise(young < 0 ? this.#held.length : young);
  }

  #hold(one: Positioned, nowMs: number): Held {
    // A mistake here would show one tenant the events of another, so it is looked at for each.
    invariant(one.event.organizationId === this.organizationId, 'a window holds events of one organization');
    const bytes = JSON.stringify(one.event).length;
    this.#bytes += bytes;
    return { one, bytes, readAtMs: nowMs };
  }

  #shrink(): void {
    let count = Math.max(0, this.#held.length - this.#limits.eventsMax);
    let bytes = this.#bytes;
    for (let index = 0; index < this.#held.length; index++) {
      if (index >= count && bytes <= this.#limits.bytesMax) break;
      bytes -= this.#held[index]?.bytes ?? 0;
      count = Math.max(count, index + 1);
    }
    this.#dropAndRaise(count);
  }

  #dropAndRaise(count: number): void {
    const last = this.#held[count - 1];
    if (last === undefined) return;
    this.#drop(count);
    this.#floor = last.one.position;
  }

  #drop(count: number): void {
    for (const { bytes } of this.#held.splice(0, count)) this.#bytes -= bytes;
  }

  /** The place of the first event after `position`. */
  #indexAfter(position: Position): number {
    let [low, high] = [0, this.#held.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const held = this.#held[middle];
      if (held !== undefined && comparePositions(held.one.position, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
