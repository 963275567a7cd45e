import { comparePositions, ORIGIN, type Position } from '../../platform/cursor.ts';
import type { StreamedMessage } from './message.ts';

const MESSAGES_MAX = 256;
const BYTES_MAX = 1024 * 1024;
/** A reader that caught up a moment ago, or a socket that was full for a moment, finds what it needs here. */
const KEPT_MS = 2_000;

interface Kept {
  readonly message: StreamedMessage;
  readonly atMs: number;
}

/**
 * What a group sent last. A reader may join it without gap from any position that this covers: every message after
 * `floor` is here.
 */
export class Recent {
  readonly #kept: Kept[] = [];
  #bytes = 0;
  #floor: Position | null = null;
  #head: Position = ORIGIN;

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
    this.#kept.push({ message, atMs: nowMs });
    this.#bytes += message.payload.length;
    this.#head = message.position;
    while (this.#kept.length > MESSAGES_MAX || (this.#bytes > BYTES_MAX && this.#kept.length > 1)) {
      this.#forgetFirst();
    }
  }

  /** Lets go what is old. */
  prune(nowMs: number): void {
    for (let first = this.#kept[0]; first && first.atMs + KEPT_MS <= nowMs; first = this.#kept[0]) {
      this.#forgetFirst();
    }
  }

  /** What a reader that is at `position` still lacks, oldest first. */
  after(position: Position): readonly StreamedMessage[] {
    const lacking = this.#kept.filter(({ message }) => comparePositions(message.position, position) > 0);
    return lacking.map(({ message }) => message);
  }

  #forgetFirst(): void {
    const first = this.#kept.shift();
    if (first === undefined) return;
    this.#bytes -= first.message.payload.length;
    this.#floor = first.message.position;
  }
}
