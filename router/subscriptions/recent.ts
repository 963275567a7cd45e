import { comparePositions, ORIGIN, type Position } from '../../platform/cursor.ts';
import type { Allowance } from '../allowance.ts';
import type { StreamedMessage } from './message.ts';

const MESSAGES_MAX = 256;
const BYTES_MAX = 1024 * 1024;
/** A reader that caught up a moment ago, or a socket that was full for a moment, finds what it needs here. */
const KEPT_MS = 2_000;
/** Clients that lost their router come back over some seconds; later ones are sent what was resolved for the first. */
const REPLAYED_KEPT_MS = 10_000;

interface Kept {
  readonly message: StreamedMessage;
  readonly untilMs: number;
  /** It was replayed, and counts towards what all groups may keep of such. */
  readonly isReplayed: boolean;
}

/**
 * What a group sent last, and what was replayed of before. A reader may join it without gap from any position that this
 * covers: every message after `floor` is here.
 */
export class Recent {
  readonly #allowance: Allowance | null;
  readonly #kept: Kept[] = [];
  #bytes = 0;
  #floor: Position | null = null;
  #head: Position = ORIGIN;

  /** @param allowance for what is prepended; none without */
  constructor(allowance: Allowance | null = null) {
    this.#allowance = allowance;
  }

  /** Where the group begins; it has what comes after. Later calls change nothing. */
  begin(position: Position): void {
    if (this.#floor !== null) return;
    this.#floor = position;
    this.#head = position;
  }

  /** Where the group stands: the last message, or its begin. */
  get head(): Position {
    return this.#head;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** True when a reader that has everything up to `position` misses nothing that is not here or still to come. */
  covers(position: Position): boolean {
    return this.#floor !== null && comparePositions(position, this.#floor) >= 0;
  }

  add(message: StreamedMessage, nowMs: number): void {
    this.#kept.push({ message, untilMs: nowMs + KEPT_MS, isReplayed: false });
    this.#bytes += message.payload.length;
    this.#head = message.position;
    while (this.#kept.length > MESSAGES_MAX || (this.#bytes > BYTES_MAX && this.#kept.length > 1)) {
      this.#forgetFirst();
    }
  }

  /**
   * Adds what `earlier` has of before, which has to have everything up to this one's floor. As much of it as there is
   * room for, the latest first, so the floor goes down as far as that reaches.
   */
  prepend(earlier: Recent, nowMs: number): void {
    const [floor, from] = [this.#floor, earlier.#floor];
    if (floor === null || from === null || comparePositions(from, floor) >= 0) return;
    const lacking = earlier.#kept.filter(({ message }) => comparePositions(message.position, floor) <= 0);
    const untilMs = nowMs + REPLAYED_KEPT_MS;
    for (let last = lacking.pop(); last !== undefined; last = lacking.pop()) {
      if (!this.#takeFirst(last.message, untilMs)) {
        this.#floor = last.message.position;
        return;
      }
    }
    this.#floor = from;
  }

  /** Lets go what is old. */
  prune(nowMs: number): void {
    for (let first = this.#kept[0]; first && first.untilMs <= nowMs; first = this.#kept[0]) {
      this.#forgetFirst();
    }
  }

  /** Lets go everything, at the end. */
  clear(): void {
    while (!this.isEmpty) this.#forgetFirst();
  }

  /** What a reader that is at `position` still lacks, oldest first. */
  after(position: Position): readonly StreamedMessage[] {
    const lacking = this.#kept.filter(({ message }) => comparePositions(message.position, position) > 0);
    return lacking.map(({ message }) => message);
  }

  #takeFirst(message: StreamedMessage, untilMs: number): boolean {
    const bytes = message.payload.length;
    if (this.#kept.length >= MESSAGES_MAX || this.#bytes + bytes > BYTES_MAX) return false;
    if (this.#allowance?.take(bytes) !== true) return false;
    this.#kept.unshift({ message, untilMs, isReplayed: true });
    this.#bytes += bytes;
    return true;
  }

  #forgetFirst(): void {
    const first = this.#kept.shift();
    if (first === undefined) return;
    const bytes = first.message.payload.length;
    this.#bytes -= bytes;
    if (first.isReplayed) this.#allowance?.giveBack(bytes);
    this.#floor = first.message.position;
  }
}
