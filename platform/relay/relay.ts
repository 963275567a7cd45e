import { createEntityCache, type EntityCache } from '../cache.ts';
import { sleep } from '../clock.ts';
import { comparePositions, formatCursor, type Position } from '../cursor.ts';
import { Bell } from '../feed/bell.ts';
import { readDeployment } from '../feed/deployment.ts';
import { type HintListener, listenForHints } from '../feed/hint.ts';
import { endOf, type Positioned, readAfter, readAfterOfTypes } from '../feed/outboxRows.ts';
import { SHARDS_DEFAULT } from '../feed/shard.ts';
import { newUuid } from '../id.ts';
import { type Lease, releaseLease, renewLease, takeLease } from '../lease.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../postgres.ts';
import type { RedisLink } from '../redis.ts';
import { type Tracer, withSpan } from '../tracing.ts';
import { CHANGING_TYPES, invalidateChanged } from './invalidation.ts';
import { keepPartitions } from './partitions.ts';
import { loadPosition, savePosition } from './position.ts';
import { publishEvents } from './publish.ts';
import { Settler } from './settler.ts';

const NAME = 'relay';
const BATCH_EVENTS_MAX = 1_000;
const POLL_INTERVAL_MS = 250;
/** After a hint the event may still be above xmin for a moment. */
const POLL_AFTER_HINT_MS = 4;
const LEASE_LIFETIME_MS = 10_000;
const LEASE_RENEW_MS = 3_000;
const LEASE_RETRY_MS = 500;
const FAULT_DELAY_MS = 250;
/** Of a position at which nothing was done. After a crash the events since are looked through again. */
const SAVE_INTERVAL_MS = 3_000;
const PARTITIONS_INTERVAL_MS = 3_600_000;
const PARTITIONS_RETRY_MS = 60_000;
export const RETENTION_DAYS = 30;

export interface RelayOptions {
  /** As role omsx_relay. */
  readonly database: Database;
  /** For the connection that listens to hints. */
  readonly databaseUrl: string;
  /** Null: nothing is copied, and the relay only keeps the outbox's partitions. */
  readonly redis: RedisLink | null;
  /** False where nobody reads the streams: then only the cache is told what changed. */
  readonly copies?: boolean;
  readonly shards?: number;
  readonly retentionDays?: number;
  /** Waits so long after a hint before it copies, where nobody waits for the copy: fewer, larger batches. */
  readonly paceMs?: number;
  readonly leaseLifetimeMs?: number;
  readonly logger: Logger;
  readonly tracer?: Tracer | undefined;
}

export interface Relay {
  status(): { readonly holdsLease: boolean; readonly copiedUpTo: string; readonly copied: number };
  /** Ends the batch under way and gives the lease back. */
  close(): Promise<void>;
}

/** Starts the copier of outbox to Redis; of all those running in a deployment one works and the others wait. */
export function startRelay(options: RelayOptions): Relay {
  return new LeasedRelay(options);
}

class LeasedRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #holder = newUuid();
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #hints: HintListener;
  readonly #cache: EntityCache;
  readonly #running: Promise<void>;
  #lease: Lease | null = null;
  #position: Position = { xid: 0n, seq: 0n };
  #copied = 0;
  #fault: string | null = null;
  #deployment = '';
  #renewAtMs = 0;
  #partitionsAtMs = 0;
  #saveAtMs = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#cache = createEntityCache(options.redis);
    this.#hints = listenForHints({
      url: options.databaseUrl,
      name: 'omsx relay',
      logger: options.logger,
      onHint: () => this.#bell.ring(),
    });
    this.#running = this.#run();
  }

  status(): ReturnType<Relay['status']> {
    return {
      holdsLease: this.#lease !== null,
      copiedUpTo: formatCursor(this.#position),
      copied: this.#copied,
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#bell.ring();
    await Promise.all([this.#hints.close(), this.#running]);
  }

  async #run(): Promise<void> {
    const { logger, database } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        this.#lease = await takeLease(database, NAME, this.#holder, this.#lifetimeMs());
        if (this.#lease) await this.#workAsHolder(this.#lease);
        else await sleep(LEASE_RETRY_MS, this.#stop.signal);
      } catch (error) {
        logger.warn({ fault: (error as Error).message }, 'the relay stumbled and tries again');
        await sleep(FAULT_DELAY_MS, this.#stop.signal);
      } finally {
        await this.#giveBack();
      }
    }
  }

  async #workAsHolder(lease: Lease): Promise<void> {
    this.#renewAtMs = Date.now() + this.#renewEveryMs();
    this.#deployment = await readDeployment(this.#options.database);
    this.#position = await loadPosition(this.#options.database, NAME);
    // Nothing is read but what follows the position, so in no shard is there anything between it and the next.
    const links = Array.from({ length: this.#options.shards ?? SHARDS_DEFAULT }, () => this.#position);
    const settler = new Settler((events, upTo) => this.#settle(lease, events, upTo));
    let waitMs = POLL_INTERVAL_MS;
    try {
      while (!this.#stop.signal.aborted && !settler.failed) {
        if (Date.now() >= this.#renewAtMs && !(await this.#renew(lease))) return;
        await this.#keepPartitions();
        if ((await this.#copyBatch(settler, links)) === BATCH_EVENTS_MAX) continue;
        const hinted = await this.#bell.wait(waitMs);
        const { paceMs } = this.#options;
        if (hinted && paceMs !== undefined) await sleep(paceMs, this.#stop.signal);
        waitMs = hinted ? POLL_AFTER_HINT_MS : Math.min(waitMs * 2, POLL_INTERVAL_MS);
      }
    } finally {
      await settler.drain();
    }
  }

  /** Number of events copied, or looked at. */
  async #copyBatch(settler: Settler, links: Position[]): Promise<number> {
    const { redis, database, copies = true } = this.#options;
    if (redis?.state !== 'UP') return 0;
    if (!copies) return await this.#passBatch(settler);
    const { events } = await readAfter(database, this.#position, BATCH_EVENTS_MAX);
    const last = events.at(-1);
    if (!last) return 0;
    const fault = await this.#publish(redis, events, links);
    this.#report(fault);
    if (fault !== null) {
      await sleep(FAULT_DELAY_MS, this.#stop.signal);
      return 0;
    }
    this.#position = last.position;
    this.#copied += events.length;
    await settler.add(events, last.position);
    return events.length;
  }

  /** Goes on past everything but what changes entities in the cache. */
  async #passBatch(settler: Settler): Promise<number> {
    const page = await readAfterOfTypes(
      this.#options.database,
      this.#position,
      CHANGING_TYPES,
      BATCH_EVENTS_MAX,
    );
    const upTo = endOf(page, BATCH_EVENTS_MAX);
    if (comparePositions(upTo, this.#position) <= 0) return 0;
    this.#position = upTo;
    if (page.events.length === 0 && Date.now() < this.#saveAtMs) return 0;
    this.#saveAtMs = Date.now() + SAVE_INTERVAL_MS;
    await settler.add(page.events, upTo);
    return page.events.length;
  }

  /** A trace of its own for each batch: the outbox does not say which request an event is from. */
  async #publish(redis: RedisLink, events: readonly Positioned[], links: Position[]): Promise<string | null> {
    const attributes = { 'messaging.system': 'redis', 'messaging.batch.message_count': events.length };
    const span = this.#options.tracer?.begin('publish events', 'PRODUCER', { attributes }).span;
    const fault = await withSpan(span, () => publishEvents(redis, this.#deployment, events, links));
    if (fault !== null) span?.fail('redis');
    span?.end();
    return fault;
  }

  /** Once for each change: a Redis that is full would otherwise fill the log. */
  #report(fault: string | null): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault !== null)
      this.#options.logger.error({ fault }, 'events cannot be copied; feeds read the outbox');
    else this.#options.logger.info('events are copied again');
  }

  async #settle(lease: Lease, events: readonly Positioned[], upTo: Position): Promise<boolean> {
    await invalidateChanged(
      this.#cache,
      events.map(({ event }) => event),
    );
    return await savePosition(this.#options.database, lease, NAME, upTo);
  }

  async #renew(lease: Lease): Promise<boolean> {
    this.#renewAtMs = Date.now() + this.#renewEveryMs();
    return await renewLease(this.#options.database, lease, this.#lifetimeMs());
  }

  async #keepPartitions(): Promise<void> {
    if (Date.now() < this.#partitionsAtMs) return;
    const { database, retentionDays, logger } = this.#options;
    this.#partitionsAtMs = Date.now() + PARTITIONS_INTERVAL_MS;
    try {
      const { made, dropped } = await keepPartitions(database, retentionDays ?? RETENTION_DAYS);
      if (made + dropped > 0) logger.info({ made, dropped }, 'outbox partitions were kept');
    } catch (error) {
      this.#partitionsAtMs = Date.now() + PARTITIONS_RETRY_MS;
      logger.warn({ fault: (error as Error).message }, 'outbox partitions wait for a long reader');
    }
  }

  async #giveBack(): Promise<void> {
    const lease = this.#lease;
    this.#lease = null;
    if (lease) await releaseLease(this.#options.database, lease).catch(() => undefined);
  }

  #lifetimeMs(): number {
    return this.#options.leaseLifetimeMs ?? LEASE_LIFETIME_MS;
  }

  #renewEveryMs(): number {
    return Math.min(LEASE_RENEW_MS, this.#lifetimeMs() / 3);
  }
}
