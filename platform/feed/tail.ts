import { sleep } from '../clock.ts';
import type { Position } from '../cursor.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../postgres.ts';
import type { RedisLink } from '../redis.ts';
import { Bell } from './bell.ts';
import { type HintListener, listenForHints } from './hint.ts';
import type { Positioned } from './outboxRows.ts';
import { OutboxTail } from './outboxTail.ts';
import { readRedisOnce } from './redisTail.ts';
import type { SubscriberRegistry } from './registry.ts';
import { Watermarks } from './watermarks.ts';

/** The safety net under Redis: how late an event may be that Redis lost. */
export const VERIFY_INTERVAL_MS = 1_000;
/** Without Redis, and without a hint. */
const POLL_INTERVAL_MS = 100;
/** After a hint the event may still be above xmin for a moment: look again soon, then less often. */
const POLL_AFTER_HINT_MS = 4;
/** From a hint to the read: batches that commit within it are read together, and xmin has time to move on. */
const GATHER_MS = 3;
/** The same while nobody listens: then a read only moves on where the next who comes would begin. */
const IDLE_GATHER_MS = 25;
const FAULT_DELAY_MS = 200;
const REDIS_RETRY_MS = 100;
/** More than XREAD blocks. */
const REDIS_COMMAND_TIMEOUT_MS = 3_000;

export interface TailParts {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly redis: RedisLink | null;
  readonly registry: SubscriberRegistry;
  readonly logger: Logger;
  readonly shards: number;
  readonly start: Position;
  /** Whose streams these are, as `readDeployment` says. */
  readonly deployment: string;
}

/** The one reader of live events in a process; it hands them to the registry. */
export class Tail {
  readonly #parts: TailParts;
  readonly #marks: Watermarks;
  readonly #outbox: OutboxTail;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #link: RedisLink | null;
  readonly #hints: HintListener;
  readonly #running: Promise<unknown>;
  #source: 'REDIS' | 'OUTBOX' = 'OUTBOX';
  #lagMs = 0;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.#marks = new Watermarks(parts.shards, parts.start);
    const deliver = (live: Positioned): void => this.#deliver(live);
    this.#outbox = new OutboxTail({ ...parts, marks: this.#marks, deliver });
    this.#link = parts.redis?.duplicate(REDIS_COMMAND_TIMEOUT_MS) ?? null;
    this.#hints = listenForHints({
      url: parts.databaseUrl,
      name: 'omsx feed',
      logger: parts.logger,
      onHint: () => {
        if (this.#source === 'OUTBOX') this.#bell.ring();
      },
    });
    this.#running = Promise.all([this.#pollOutbox(), this.#link ? this.#followRedis(this.#link) : undefined]);
  }

  get source(): 'REDIS' | 'OUTBOX' {
    return this.#source;
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  get gapsFilled(): number {
    return this.#outbox.gapsFilled;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#bell.ring();
    await Promise.all([this.#link?.close(), this.#hints.close()]);
    await this.#running;
  }

  #deliver(live: Positioned): void {
    if (!this.#marks.pass(live)) return;
    this.#lagMs = Date.now() - Date.parse(live.event.occurredAt);
    this.#parts.registry.deliver(live);
  }

  async #pollOutbox(): Promise<void> {
    let waitMs = POLL_INTERVAL_MS;
    while (!this.#stop.signal.aborted) {
      const hinted = await this.#bell.wait(this.#source === 'REDIS' ? VERIFY_INTERVAL_MS : waitMs);
      const isHeard = this.#parts.registry.size > 0;
      if (hinted) await sleep(isHeard ? GATHER_MS : IDLE_GATHER_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      waitMs = hinted && isHeard ? POLL_AFTER_HINT_MS : Math.min(waitMs * 2, POLL_INTERVAL_MS);
      await this.#guard(() => (this.#source === 'REDIS' ? this.#outbox.verify() : this.#outbox.readAll()));
    }
  }

  async #followRedis(link: RedisLink): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#guard(async () => {
        const answered = await readRedisOnce({
          link,
          deployment: this.#parts.deployment,
          marks: this.#marks,
          deliver: (live) => this.#deliver(live),
          fill: (shard, upTo) => this.#outbox.fill(shard, upTo),
        });
        this.#useSource(answered ? 'REDIS' : 'OUTBOX');
        if (!answered) await sleep(REDIS_RETRY_MS, this.#stop.signal);
      });
    }
  }

  #useSource(source: 'REDIS' | 'OUTBOX'): void {
    if (source === this.#source || this.#stop.signal.aborted) return;
    this.#source = source;
    this.#parts.logger.info({ source }, 'live events change their source');
    // Whatever got lost in between is found at once and not at the next interval.
    this.#bell.ring();
  }

  /** A fault of Postgres or Redis delays events and never ends the tail; nothing was skipped. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#parts.logger.warn({ fault: (error as Error).message }, 'live events are delayed');
      await sleep(FAULT_DELAY_MS, this.#stop.signal);
    }
  }
}
