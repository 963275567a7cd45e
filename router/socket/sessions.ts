import { retryHintMs } from '../subscriptions/retryHint.ts';
import { CLOSE } from './closes.ts';
import type { Session } from './session.ts';

/** Sockets are pinged in this many parts, so that twenty thousand are not pinged at once. */
const PING_PARTS = 30;
const DRAIN_WAIT_MS = 2_000;

/** All sockets of a process: finds those that are dead and says goodbye. */
export class Sessions {
  readonly #parts: readonly Set<Session>[] = Array.from({ length: PING_PARTS }, () => new Set());
  readonly #timer: NodeJS.Timeout;
  #size = 0;
  #added = 0;
  #pinged = 0;

  /** @param pingMs from one ping of a socket to the next; a peer that is gone is noticed after two of these */
  constructor(pingMs: number) {
    this.#timer = setInterval(() => this.#pingPart(), pingMs / PING_PARTS).unref();
  }

  get size(): number {
    return this.#size;
  }

  add(session: Session): void {
    const part = this.#parts[this.#added++ % PING_PARTS] as Set<Session>;
    part.add(session);
    this.#size++;
    session.socket.on('pong', () => {
      session.isAlive = true;
    });
    session.socket.once('close', () => {
      part.delete(session);
      this.#size--;
    });
  }

  /**
   * Closes every socket with 1001, each with another time to come back after, so that a deploy does not bring all
   * clients to the next router in the same second.
   */
  async drain(): Promise<void> {
    clearInterval(this.#timer);
    const deadline = Date.now() + DRAIN_WAIT_MS;
    for (const session of this.#all()) {
      session.close(CLOSE.GOING_AWAY, `retry-after-ms=${retryHintMs()}`);
    }
    while (this.#size > 0 && Date.now() < deadline) await new Promise((next) => setTimeout(next, 10));
    for (const { socket } of this.#all()) socket.terminate();
  }

  #all(): readonly Session[] {
    return this.#parts.flatMap((part) => [...part]);
  }

  #pingPart(): void {
    for (const session of this.#parts[this.#pinged++ % PING_PARTS] ?? []) {
      if (!session.isAlive) session.socket.terminate();
      else {
        session.isAlive = false;
        session.socket.ping();
      }
    }
  }
}
