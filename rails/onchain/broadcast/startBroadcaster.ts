import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Lease } from '../../../platform/lease.ts';
import { startLeasedLoop } from '../../../platform/leasedLoop.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import { type BroadcastStep, broadcastRound } from './broadcastRound.ts';
import type { Handed } from './decideNext.ts';
import { Markets } from './markets.ts';

const LEASE_LIFETIME_MS = 10_000;
const POLL_INTERVAL_MS_MAX = 2_000;
const POLL_INTERVAL_MS_MIN = 100;

export interface BroadcasterOptions {
  /** As role omsx_chain. */
  readonly database: Database;
  /** For the connection that listens to hints. */
  readonly databaseUrl: string;
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
  const { databaseUrl, network, client, logger } = options;
  const bell = new Bell();
  const onHint = (): void => bell.ring();
  const hints = listenForHints({
    url: databaseUrl,
    name: 'omsx broadcaster',
    channel: 'chain_send',
    onHint,
    logger,
  });
  const heads = client.onHead(onHint);
  const loop = startLeasedLoop({
    ...options,
    name: `chain.broadcast.${network.code}`,
    lifetimeMs: options.leaseLifetimeMs ?? LEASE_LIFETIME_MS,
    bell,
    work: (lease, signal) => broadcastAsHolder(options, lease, bell, signal),
  });
  return {
    async stop() {
      heads.close();
      await Promise.all([hints.close(), loop.stop()]);
    },
  };
}

async function broadcastAsHolder(
  { atStep = async () => undefined, ...options }: BroadcasterOptions,
  lease: Lease,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  const markets = new Markets(options.client);
  const context = { ...options, lease, atStep, memory: new Map<Uuid, Handed>(), markets };
  const halfBlockMs = options.network.blockTimeMs / 2;
  const pollMs = Math.min(Math.max(halfBlockMs, POLL_INTERVAL_MS_MIN), POLL_INTERVAL_MS_MAX);
  let after = '';
  while (!signal.aborted) {
    after = await broadcastRound(context, after);
    if (after === '') await bell.wait(pollMs);
  }
}
