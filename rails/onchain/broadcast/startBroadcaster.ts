import { sleep } from '../../../platform/clock.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import type { Uuid } from '../../../platform/id.ts';
import { type Lease, releaseLease, renewLease, takeLease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import { listenTo } from '../wake.ts';
import { type BroadcastStep, broadcastRound } from './broadcastRound.ts';
import type { Handed } from './decideNext.ts';
import { Markets } from './markets.ts';

const LEASE_LIFETIME_MS = 10_000;
const LEASE_RETRY_MS = 500;
const FAULT_DELAY_MS = 500;
const POLL_INTERVAL_MS_MAX = 2_000;
const POLL_INTERVAL_MS_MIN = 100;

export interface BroadcasterOptions {
  /** As role omsx_chain, with two connections or more: one listens. */
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly logger: Logger;
  /** Unique to the process. */
  readonly holder: string;
  readonly leaseLifetimeMs?: number;
  /** Called at each step of a round; one that throws ends the round there, as a crash would. For tests. */
  readonly atStep?: (step: BroadcastStep) => Promise<void>;
}

export interface Broadcaster {
  /** Ends the round under way and gives the lease back. To be called before the database is closed. */
  stop(): Promise<void>;
}

/**
 * Starts the loop that hands signed transactions of one Network to its endpoints until blocks have them, and asks for
 * replacements. Of all those running in a deployment one works, under the lease `chain.broadcast.<NETWORK>`.
 */
export function startBroadcaster(options: BroadcasterOptions): Broadcaster {
  const loop = new BroadcastLoop(options);
  return { stop: () => loop.stop() };
}

class BroadcastLoop {
  readonly #options: BroadcasterOptions;
  readonly #leaseName: string;
  readonly #bell = new Bell();
  readonly #ending = new AbortController();
  readonly #hints: { close(): Promise<void> };
  readonly #heads: { close(): void };
  readonly #running: Promise<void>;

  constructor(options: BroadcasterOptions) {
    const { database, client, logger, network } = options;
    this.#options = options;
    this.#leaseName = `chain.broadcast.${network.code}`;
    this.#hints = listenTo(database, 'chain_send', this.#bell, logger);
    this.#heads = client.onHead(() => this.#bell.ring());
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#bell.ring();
    this.#heads.close();
    await Promise.all([this.#hints.close(), this.#running]);
  }

  async #run(): Promise<void> {
    const { database, holder, logger, network } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      let lease: Lease | null = null;
      try {
        lease = await takeLease(database, this.#leaseName, holder, this.#lifetimeMs());
        if (lease === null) await sleep(Math.min(LEASE_RETRY_MS, this.#lifetimeMs()), signal);
        else await this.#workAsHolder(lease);
      } catch (error) {
        logger.warn({ err: error, network: network.code }, 'the broadcaster stumbled and tries again');
        await sleep(FAULT_DELAY_MS, signal);
      } finally {
        if (lease !== null) await releaseLease(database, lease).catch(() => undefined);
      }
    }
  }

  async #workAsHolder(lease: Lease): Promise<void> {
    const { atStep = async () => undefined, ...options } = this.#options;
    const context = {
      ...options,
      lease,
      atStep,
      memory: new Map<Uuid, Handed>(),
      markets: new Markets(options.client),
    };
    const pollMs = Math.min(
      Math.max(options.network.blockTimeMs / 2, POLL_INTERVAL_MS_MIN),
      POLL_INTERVAL_MS_MAX,
    );
    // A round may take longer than the lease, where endpoints are slow.
    const renewing = new AbortController();
    const renewed = this.#keepLease(lease, renewing.signal);
    let after = '';
    try {
      while (!this.#ending.signal.aborted) {
        after = await broadcastRound(context, after);
        if (after === '') await this.#bell.wait(pollMs);
      }
    } finally {
      renewing.abort();
      await renewed;
    }
  }

  /** What is written under a lease that was lost is refused (`LeaseLostError`), which ends the work. */
  async #keepLease(lease: Lease, signal: AbortSignal): Promise<void> {
    const { database, logger } = this.#options;
    for (;;) {
      await sleep(this.#lifetimeMs() / 3, signal);
      if (signal.aborted) return;
      try {
        await renewLease(database, lease, this.#lifetimeMs());
      } catch (error) {
        logger.warn({ err: error, lease: lease.name }, 'a lease could not be renewed');
      }
    }
  }

  #lifetimeMs(): number {
    return this.#options.leaseLifetimeMs ?? LEASE_LIFETIME_MS;
  }
}
