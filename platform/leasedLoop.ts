import { sleep } from './clock.ts';
import type { Bell } from './feed/bell.ts';
import { type Lease, releaseLease, renewLease, takeLease } from './lease.ts';
import type { Logger } from './log.ts';
import type { Database } from './postgres.ts';

const RETRY_MS = 500;
const FAULT_DELAY_MS = 500;
/** A lease is renewed so many times in its lifetime. */
const RENEWALS = 3;

export interface LeasedLoopOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Of the lease. */
  readonly name: string;
  /** Unique to the process. */
  readonly holder: string;
  readonly lifetimeMs: number;
  /** What the work waits with; rung when it is to end. */
  readonly bell: Bell;
  /**
   * Works until `signal` says that it is to end, or the lease is another's. Called again after a fault and with each new
   * lease; what it writes it guards with `isHeldBy`, as nobody can be stopped in time.
   */
  readonly work: (lease: Lease, signal: AbortSignal) => Promise<void>;
}

export interface LeasedLoop {
  /** Resolves when what is under way is over and the lease given back. To be called before the database is closed. */
  stop(): Promise<void>;
}

/** Starts work that one process of a deployment does at a time: the others wait until its lease is free or runs out. */
export function startLeasedLoop(options: LeasedLoopOptions): LeasedLoop {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      options.bell.ring();
      await running;
    },
  };
}

async function run(options: LeasedLoopOptions, stopping: AbortSignal): Promise<void> {
  const { database, logger, name, holder, lifetimeMs } = options;
  while (!stopping.aborted) {
    let lease: Lease | null = null;
    try {
      lease = await takeLease(database, name, holder, lifetimeMs);
      if (lease === null) await sleep(Math.min(RETRY_MS, lifetimeMs), stopping);
      else await workAsHolder(options, lease, stopping);
    } catch (error) {
      logger.warn({ err: error, lease: name }, 'work under a lease stumbled and begins again');
      await sleep(FAULT_DELAY_MS, stopping);
    } finally {
      // Left to run out where the database is gone.
      if (lease !== null) await releaseLease(database, lease).catch(() => undefined);
    }
  }
}

/** Renews beside the work, a round of which may take longer than the lease. */
async function workAsHolder(options: LeasedLoopOptions, lease: Lease, stopping: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const renewing = keepLease(options, lease, ending);
  try {
    await options.work(lease, AbortSignal.any([stopping, ending.signal]));
  } finally {
    ending.abort();
    await renewing;
  }
}

async function keepLease(options: LeasedLoopOptions, lease: Lease, ending: AbortController): Promise<void> {
  const { database, logger, lifetimeMs, bell } = options;
  for (;;) {
    await sleep(lifetimeMs / RENEWALS, ending.signal);
    if (ending.signal.aborted) return;
    try {
      if (await renewLease(database, lease, lifetimeMs)) continue;
      ending.abort();
      bell.ring();
    } catch (error) {
      logger.warn({ err: error, lease: lease.name }, 'a lease could not be renewed');
    }
  }
}
