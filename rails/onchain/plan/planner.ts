import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import type { Lease } from '../../../platform/lease.ts';
import { startLeasedLoop } from '../../../platform/leasedLoop.ts';
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
const LEASE_LIFETIME_MS = 30_000;

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
  const { databaseUrl, network, logger } = options;
  const bell = new Bell();
  const onHint = (): void => bell.ring();
  const hints =
    databaseUrl === undefined
      ? null
      : listenForHints({ url: databaseUrl, name: 'omsx planner', channel: 'chain_send', onHint, logger });
  const loop = startLeasedLoop({
    ...options,
    name: planLeaseName(network.code),
    lifetimeMs: LEASE_LIFETIME_MS,
    bell,
    work: (lease, signal) => planAsHolder(options, lease, bell, signal),
  });
  return {
    async stop() {
      await Promise.all([hints?.close(), loop.stop()]);
    },
  };
}

async function planAsHolder(
  options: PlannerOptions,
  lease: Lease,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  const { database, network, client, screening, logger, at, pollIntervalMs = POLL_INTERVAL_MS } = options;
  const memory = createPlanMemory();
  const round: Round = { database, network, client, screening, logger, lease, at, memory };
  while (!signal.aborted) {
    if ((await planRound(round)) === 'LOST') return;
    await bell.wait(pollIntervalMs);
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
