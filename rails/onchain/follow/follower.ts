import { sleep } from '../../../platform/clock.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import {
  type Lease,
  LeaseLostError,
  releaseLease,
  renewLease,
  requireHeld,
  takeLease,
} from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import { type ChainClient, ChainUnreachableError } from '../rpc/chainReader.ts';
import { assignAddresses } from './assignAddresses.ts';
import { ChainFollower, type FailpointName } from './chainFollower.ts';
import { NetworkView, readStanding } from './networkView.ts';
import { registerNetwork } from './registerNetwork.ts';

const LEASE_LIFETIME_MS = 10_000;
const LEASE_RETRY_MS = 500;
const FAULT_DELAY_MS = 250;
const POLL_MS_MIN = 50;
const POLL_MS_MAX = 1_000;
const POLLS_PER_BLOCK = 4;
const ASSIGN_INTERVAL_MS = 1_000;
const LOST_POLL_MS = 1_000;

export interface FollowerOptions {
  /** As role omsx_chain. */
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly logger: Logger;
  /** Unique to the process. */
  readonly holder: string;
  readonly leaseLifetimeMs?: number;
  /** Called at each named step; what it throws ends the step as a crash would. For tests. */
  readonly failpoint?: (name: FailpointName) => Promise<void>;
}

export interface Follower {
  /** Whether this one follows, and how far it has come; null before its first block. */
  status(): { readonly holdsLease: boolean; readonly followedNumber: bigint | null };
  /** Looks at the chain soon, and not only when it is time. */
  wake(): void;
  /** Ends what is under way and gives the lease back. */
  stop(): Promise<void>;
}

/** Starts to follow a Network; of all those in a deployment one works and the others wait to take over. */
export function startFollower(options: FollowerOptions): Follower {
  return new LeasedFollower(options);
}

class LeasedFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #heads: { close(): void };
  readonly #leaseName: string;
  readonly #lifetimeMs: number;
  readonly #view: NetworkView;
  readonly #running: Promise<void>;
  #lease: Lease | null = null;
  #chain: ChainFollower | null = null;
  #renewAtMs = 0;
  #assignAtMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#leaseName = `chain.follow.${options.network.code}`;
    this.#lifetimeMs = options.leaseLifetimeMs ?? LEASE_LIFETIME_MS;
    this.#view = new NetworkView(options.network, options.client);
    this.#heads = options.client.onHead(() => this.#bell.ring());
    this.#running = this.#run();
  }

  status(): ReturnType<Follower['status']> {
    return { holdsLease: this.#lease !== null, followedNumber: this.#chain?.followedNumber ?? null };
  }

  wake(): void {
    this.#bell.ring();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#heads.close();
    this.#bell.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { database, logger, network } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        this.#lease ??= await takeLease(database, this.#leaseName, this.#options.holder, this.#lifetimeMs);
        if (this.#lease === null) await sleep(this.#retryMs(), this.#stop.signal);
        else await this.#work();
      } catch (error) {
        if (error instanceof LeaseLostError) this.#lease = null;
        else await this.#stumble(error);
        logger.warn({ network: network.code, fault: (error as Error).message }, 'following stumbled');
      }
    }
    // Left to run out where the database is gone.
    if (this.#lease !== null) await releaseLease(database, this.#lease).catch(() => undefined);
    this.#lease = null;
  }

  /** The lease is kept: only who cannot renew it loses it. What is known of the chain is read anew. */
  async #stumble(error: unknown): Promise<void> {
    const followed = this.#chain?.followedNumber ?? null;
    this.#chain = null;
    if (error instanceof ChainUnreachableError) {
      const standing = { status: 'UNREACHABLE', reason: 'No endpoint answers.' } as const;
      // Renewed here as well, since an outage may outlive the lease; when the database is gone too, there is no view.
      await this.#keepLease()
        .then(() => this.#view.show(standing, null, followed, this.#guarded))
        .catch(() => undefined);
    }
    await sleep(FAULT_DELAY_MS, this.#stop.signal);
  }

  async #work(): Promise<void> {
    const { database, network, client } = this.#options;
    await this.#options.failpoint?.('start');
    await this.#guarded((tx) => registerNetwork(tx, network));
    await this.#assign();
    const chain = new ChainFollower({
      database,
      network,
      client,
      view: this.#view,
      guarded: this.#guarded,
      failpoint: this.#options.failpoint ?? (async () => undefined),
    });
    const standing = await readStanding(database, network.code);
    if (standing.status !== 'LOST') {
      const chainId = await client.chainId();
      // Nothing was stored of it yet, and nothing may be.
      if (chainId !== network.chainId) throw new Error(`the endpoints serve chain ${chainId}`);
      await chain.open(standing.finalizedNumber);
    }
    this.#chain = chain;
    await this.#loop(chain, standing.status === 'LOST');
  }

  async #loop(chain: ChainFollower, beginsLost: boolean): Promise<void> {
    const { database, network } = this.#options;
    let isLost = beginsLost;
    while (!this.#stop.signal.aborted) {
      await this.#options.failpoint?.('look');
      await this.#keepLease();
      await this.#assign();
      if (isLost) {
        // Until an operator has restarted it, see restartAt.
        if ((await readStanding(database, network.code)).status !== 'LOST') return;
        await sleep(LOST_POLL_MS, this.#stop.signal);
        continue;
      }
      const looked = await chain.look();
      isLost = looked === 'LOST';
      if (looked === 'IDLE') await this.#bell.wait(this.#pollMs());
    }
  }

  readonly #guarded = async (work: (tx: Tx) => Promise<unknown>): Promise<void> => {
    const lease = this.#lease;
    await this.#options.database.write(async (tx) => {
      if (lease === null) throw new LeaseLostError('another one follows');
      await requireHeld(tx, lease);
      await work(tx);
    });
  };

  async #keepLease(): Promise<void> {
    if (this.#lease === null || Date.now() < this.#renewAtMs) return;
    if (!(await renewLease(this.#options.database, this.#lease, this.#lifetimeMs))) {
      throw new LeaseLostError('another one follows');
    }
    this.#renewAtMs = Date.now() + this.#lifetimeMs / 3;
  }

  async #assign(): Promise<void> {
    if (Date.now() < this.#assignAtMs) return;
    let given = 0;
    try {
      await this.#guarded(async (tx) => {
        given = await assignAddresses(tx, this.#options.network.code);
      });
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      // One root that cannot be read must not keep everybody's deposits waiting.
      this.#options.logger.error({ err: error }, 'addresses could not be given');
    }
    // There may be more.
    this.#assignAtMs = given > 0 ? 0 : Date.now() + ASSIGN_INTERVAL_MS;
  }

  #pollMs(): number {
    const quarter = this.#options.network.blockTimeMs / POLLS_PER_BLOCK;
    return Math.max(POLL_MS_MIN, Math.min(POLL_MS_MAX, quarter));
  }

  #retryMs(): number {
    return Math.min(LEASE_RETRY_MS, this.#lifetimeMs / 2);
  }
}
