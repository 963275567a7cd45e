import { comparePositions } from '../../platform/cursor.ts';
import { type ReplayHost, ReplayRun } from './replayRun.ts';
import type { Slots } from './slots.ts';
import type { History } from './source.ts';
import type { Subscriber } from './subscriber.ts';

/** The readers of one group that have something to catch up on, oldest request first. One run at a time. */
export class Replays {
  readonly #host: ReplayHost;
  readonly #history: History;
  /** Of the process. A reader that takes nothing holds none of them. */
  readonly #slots: Slots;
  readonly #waiting = new Set<Subscriber>();
  #run: ReplayRun | null = null;
  #isWorking = false;

  constructor(host: ReplayHost, history: History, slots: Slots) {
    this.#host = host;
    this.#history = history;
    this.#slots = slots;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(reader: Subscriber): void {
    this.#waiting.add(reader);
    if (!this.#isWorking) void this.#work();
  }

  remove(reader: Subscriber): void {
    this.#waiting.delete(reader);
    this.#run?.remove(reader);
  }

  /** The group has begun, so that who has caught up already may join. */
  joinWhoCan(): void {
    void this.#run?.joinWhoCan();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.size > 0) {
      await this.#slots.take();
      try {
        await this.#runOnce();
      } finally {
        this.#slots.release();
      }
    }
    this.#isWorking = false;
  }

  async #runOnce(): Promise<void> {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const start = first.position;
    const readers = [...this.#waiting].filter((reader) => comparePositions(reader.position, start) >= 0);
    for (const reader of readers) this.#waiting.delete(reader);
    this.#run = new ReplayRun(this.#host, this.#history, start, readers);
    const left = await this.#run.go();
    this.#run = null;
    for (const reader of left) this.#waiting.add(reader);
  }
}
