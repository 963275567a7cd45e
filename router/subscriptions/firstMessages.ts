import type { Position } from '../../platform/cursor.ts';
import type { StreamedMessage } from './message.ts';
import type { History, SourceEvent } from './source.ts';
import type { Subscriber } from './subscriber.ts';
import { inTurns } from './turns.ts';

/** What it needs of the group whose readers these are. */
export interface FirstMessageHost {
  resolve(event: SourceEvent): Promise<StreamedMessage>;
  isMember(reader: Subscriber): boolean;
  /** Takes a reader who has its first message on to what came after it. Gives how much of that it sent at once. */
  resume(reader: Subscriber): number;
  /** Takes a reader who cannot take more until it can; then it asks anew. */
  waitForRoom(reader: Subscriber): void;
  failEach(readers: Iterable<Subscriber>, error: unknown): void;
  sent(messages: number): void;
}

/**
 * The state as it is, for streams opened without a cursor. Those who ask while one first message is made share the next
 * one, which is begun after they asked: never an older state than their own, and never more than one at a time.
 */
export class FirstMessages {
  readonly #host: FirstMessageHost;
  readonly #history: History;
  /** Null for nobody: ten thousand groups may be open. */
  #waiting: Set<Subscriber> | null = null;
  #isWorking = false;

  constructor(host: FirstMessageHost, history: History) {
    this.#host = host;
    this.#history = history;
  }

  add(reader: Subscriber): void {
    this.#waiting ??= new Set();
    this.#waiting.add(reader);
  }

  remove(reader: Subscriber): void {
    this.#waiting?.delete(reader);
  }

  /** @param from a position that has just been read, to spare reading it again */
  async work(from?: Position): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    let known = from;
    for (let readers = this.#waiting; readers !== null; readers = this.#waiting) {
      this.#waiting = null;
      if (readers.size > 0) await this.#serve(readers, known);
      known = undefined;
    }
    this.#isWorking = false;
  }

  async #serve(readers: Set<Subscriber>, known: Position | undefined): Promise<void> {
    const host = this.#host;
    try {
      const position = known ?? (await this.#history.position());
      const message = await host.resolve(this.#history.opening(position));
      const sent = await inTurns(readers, (reader) => {
        if (!host.isMember(reader)) return 0;
        if (!reader.sink.hasRoom()) {
          host.waitForRoom(reader);
          return 0;
        }
        reader.send(message);
        return 1 + host.resume(reader);
      });
      host.sent(sent);
    } catch (error) {
      host.failEach(readers, error);
    }
  }
}
