import { sleep } from '../../platform/clock.ts';
import { comparePositions } from '../../platform/cursor.ts';
import { type ReplayHost, ReplayRun } from './replayRun.ts';
import type { Slots } from './slots.ts';
import type { History } from './source.ts';
import type { Subscriber } from './subscriber.ts';
import { inTurns } from './turns.ts';

/** When the outbox is behind the live stream: it lost commits, as a standby may have that took over. */
const STUCK_PAUSE_MS = 100;

/**
 * The readers of one group that have something to catch up on, oldest request first. One run at a time, and none before
 * the group's live stream has begun: a run that ends where the outbox stands by then has something to hand over to.
 */
export class Replays {
  readonly #host: ReplayHost;
  readonly #history: History;
  /** Of the process. A reader that takes nothing holds none of them. */
  readonly #slots: Slots;
  readonly #waiting = new Set<Subscriber>();
  #run: ReplayRun | null = null;
  #hasBegun: boolean;
  #isWorking = false;

  /** @param hasBegun whether the group has; else tell `begin` later */
  constructor(host: ReplayHost, history: History, slots: Slots, hasBegun: boolean) {
    this.#host = host;
    this.#history = history;
    this.#slots = slots;
    this.#hasBegun = hasBegun;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(reader: Subscriber): void {
    this.#waiting.add(reader);
    if (this.#hasBegun && !this.#isWorking) void this.#work();
  }

  remove(reader: Subscriber): void {
    this.#waiting.delete(reader);
    this.#run?.remove(reader);
  }

  begin(): void {
    this.#hasBegun = true;
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (await this.#joinWhoCan(); this.#waiting.size > 0; await this.#joinWhoCan()) {
      await this.#slots.take();
      const isStuck = await this.#runOnce().finally(() => this.#slots.release());
      if (isStuck) await sleep(STUCK_PAUSE_MS);
    }
    this.#isWorking = false;
  }

  /** What the run before replayed for others may be all that these lack. */
  async #joinWhoCan(): Promise<void> {
    const sent = await inTurns(this.#waiting, (reader) => {
      if (!this.#host.canJoin(reader)) return 0;
      this.#waiting.delete(reader);
      return this.#host.resume(reader);
    });
    if (sent > 0) this.#host.replayed(sent);
  }

  /** True when it led nobody on, so that doing it again at once would lead nowhere either. */
  async #runOnce(): Promise<boolean> {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    const start = first.position;
    const readers = [...this.#waiting].filter((reader) => comparePositions(reader.position, start) >= 0);
    for (const reader of readers) this.#waiting.delete(reader);
    this.#run = new ReplayRun(this.#host, this.#history, start, readers);
    const left = await this.#run.go();
    this.#run = null;
    for (const reader of left) this.#waiting.add(reader);
    return left.length > 0 && left.every((reader) => comparePositions(reader.position, start) <= 0);
  }
}
