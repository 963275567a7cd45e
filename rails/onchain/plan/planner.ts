import { sleep } from '../../../platform/clock.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import { type HintListener, listenForHints } from '../../../platform/feed/hint.ts';
import { type Lease, releaseLease, renewLease, takeLease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import type { Screening } from '../screening/screening.ts';
import { planSends } from './planSends.ts';
import { planSweeps } from './planSweeps.ts';
import { createPlanMemory, type PlanMoment, type Round } from './round.ts';
import { settleAsked } from './settleAsked.ts';
import type { WriteOutcome } from './writePlan.ts';

const POLL_INTERVAL_MS = 1_000;
/** A round asks the chain much; hints that come while one is on its way are one more round. */
const LEASE_LIFETIME_MS = 30_000;
const LEASE_RETRY_MS = 1_000;
const FAULT_DELAY_MS = 1_000;

export interface PlannerOptions {
  /** As role omsx_chain. */
  readonly database: Database;
  /** For the connection that listens to hints; without it the planner only polls. */
  readonly databaseUrl?: string;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly screening: Screening;
  readonly logger: Logger;
  /** Unique to the process. */
  readonly holder: string;
  readonly pollIntervalMs?: number;
  /** For tests, which end a round here by throwing. */
  readonly at?: (moment: PlanMoment) => void;
}

export interface Planner {
  /** Ends the round under way and gives the lease back. */
  stop(): Promise<void>;
}

/** Name of the lease under which one process plans for a Network. */
export const planLeaseName = (network: string): string => `chain.plan.${network}`;

/**
 * Decides what becomes a ChainTransaction: of all planners of a Network in a deployment one works and the others wait.
 * It has no key and gives no nonce; what it asks for, the signer checks for itself.
 */
export function startPlanner(options: PlannerOptions): Planner {
  const stop = new AbortController();
  const bell = new Bell();
  const hints = listen(options, bell);
  const running = run(options, bell, stop.signal);
  return {
    async stop() {
      stop.abort();
      bell.ring();
      await Promise.all([hints?.close(), running]);
    },
  };
}

function listen({ databaseUrl, logger }: PlannerOptions, bell: Bell): HintListener | null {
  if (databaseUrl === undefined) return null;
  const onHint = (): void => bell.ring();
  return listenForHints({ url: databaseUrl, name: 'omsx planner', channel: 'chain_send', onHint, logger });
}

async function run(options: PlannerOptions, bell: Bell, signal: AbortSignal): Promise<void> {
  const { database, holder, logger, network } = options;
  while (!signal.aborted) {
    let lease: Lease | null = null;
    try {
      lease = await takeLease(database, planLeaseName(network.code), holder, LEASE_LIFETIME_MS);
      if (lease === null) await sleep(LEASE_RETRY_MS, signal);
      else await workAsHolder(options, lease, bell, signal);
    } catch (error) {
      logger.warn({ err: error, network: network.code }, 'the planner stumbled and tries again');
      await sleep(FAULT_DELAY_MS, signal);
    } finally {
      if (lease !== null) await releaseLease(database, lease).catch(() => undefined);
    }
  }
}

async function workAsHolder(
  options: PlannerOptions,
  lease: Lease,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  const { database, network, client, screening, logger, at } = options;
  const round: Round = {
    database,
    network,
    client,
    screening,
    logger,
    lease,
    at,
    memory: createPlanMemory(),
  };
  while (!signal.aborted) {
    if (!(await renewLease(database, lease, LEASE_LIFETIME_MS))) return;
    if ((await planRound(round)) === 'LOST') return;
    await bell.wait(options.pollIntervalMs ?? POLL_INTERVAL_MS);
  }
}

/**
 * One look at everything that is queued on a Network.
 *
 * @returns LOST when another has the lease by now
 * @throws what the database throws; safe to retry
 */
export async function planRound(round: Round): Promise<WriteOutcome> {
  for (const part of [settleAsked, planSends, planSweeps]) {
    if ((await part(round)) === 'LOST') return 'LOST';
  }
  return 'WRITTEN';
}
