import { sleep } from '../clock.ts';
import type { Position } from '../cursor.ts';
import type { Positioned } from '../feed/outboxRows.ts';

/** What is copied and not settled yet is bounded by a few batches; past it the copying waits. */
const UNSETTLED_EVENTS_MAX = 5_000;
const WAIT_MS = 2;

/**
 * Settles copies (drops what they changed from caches, then saves the position) without holding up the next copy:
 * in one loop with it, most of the time went into the commit of the position. One run at a time; copies that come
 * meanwhile are settled together. A copy that was not settled is made again, which changes nothing.
 */
export class Settler {
  readonly #settle: (events: readonly Positioned[], upTo: Position) => Promise<boolean>;
  #unsettled: Positioned[] = [];
  #upTo: Position | null = null;
  #running: Promise<void> | undefined;
  #failed = false;

  /** @param settle false when the position could not be saved, because another holds the lease */
  constructor(settle: (events: readonly Positioned[], upTo: Position) => Promise<boolean>) {
    this.#settle = settle;
  }

  /** True once something could not be settled: copying has to start again from the saved position. */
  get failed(): boolean {
    return this.#failed;
  }

  /**
   * Resolves when there is room for more.
   *
   * @param upTo where the copying has come to, at or after the last of `copied`
   */
  async add(copied: readonly Positioned[], upTo: Position): Promise<void> {
    this.#unsettled.push(...copied);
    this.#upTo = upTo;
    this.#running ??= this.#run();
    while (this.#unsettled.length > UNSETTLED_EVENTS_MAX && !this.#failed) await sleep(WAIT_MS);
  }

  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#upTo !== null && !this.#failed) {
      const [events, upTo] = [this.#unsettled, this.#upTo];
      this.#unsettled = [];
      this.#upTo = null;
      this.#failed = !(await this.#settle(events, upTo).catch(() => false));
    }
    this.#running = undefined;
  }
}
