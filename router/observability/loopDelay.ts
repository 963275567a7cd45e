import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Measured: watching at 20 ms costs 2.5 CPU-ms a second, which an idle process would notice. */
const RESOLUTION_MS = 20;
/** Scrapers come every 15 to 60 s; who has not come for so long is gone. */
const WATCHED_MS = 150_000;
const NS_PER_SECOND = 1e9;

/** How late the event loop is, watched only while somebody asks: the first scrape starts it and has no figure yet. */
export class LoopDelay {
  #histogram: IntervalHistogram | null = null;
  #idle: NodeJS.Timeout | undefined;
  readonly #watchedMs: number;

  constructor(watchedMs = WATCHED_MS) {
    this.#watchedMs = watchedMs;
  }

  get isWatching(): boolean {
    return this.#histogram !== null;
  }

  /** Of the time since the last reset; null while there is nothing to tell. */
  seconds(percentile: number): number | null {
    this.#keepWatching();
    const histogram = this.#histogram;
    if (histogram === null || histogram.count === 0) return null;
    // What is measured is the time between two ticks of the watching timer.
    return Math.max(histogram.percentile(percentile) / NS_PER_SECOND - RESOLUTION_MS / 1_000, 0);
  }

  secondsAndReset(percentile: number): number | null {
    const seconds = this.seconds(percentile);
    this.#histogram?.reset();
    return seconds;
  }

  stop(): void {
    clearTimeout(this.#idle);
    this.#histogram?.disable();
    this.#histogram = null;
  }

  #keepWatching(): void {
    if (this.#histogram === null) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), this.#watchedMs).unref();
  }
}
