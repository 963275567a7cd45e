import { sleep } from '../../platform/clock.ts';
import { newUuid } from '../../platform/id.ts';
import type { Logger } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres.ts';
import { startBroadcaster } from './broadcast/startBroadcaster.ts';
import { connectNetwork } from './connectNetwork.ts';
import { startFollower } from './follow/follower.ts';
import type { NetworkConfig } from './network.ts';
import { startPlanner } from './plan/planner.ts';
import { startReconciler } from './reconcile/reconciler.ts';
import { type ChainClient, ChainUnreachableError } from './rpc/chainReader.ts';
import type { Screening } from './screening/screening.ts';

const CONNECT_RETRY_MS = 1_000;
const CONNECT_RETRY_MS_MAX = 30_000;

export interface ChainWorkOptions {
  /** Role omsx_chain. */
  readonly database: Database;
  /** For connections that listen. */
  readonly databaseUrl: string;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly screening: Screening;
  readonly logger: Logger;
}

export interface ChainWork {
  /** Resolves when what is under way is over. */
  close(): Promise<void>;
}

/**
 * All that is done for one Network, once it has shown to be what the configuration says: follow, plan, broadcast,
 * compare. Several processes may run it; each part has a lease.
 */
export function startChainWork(options: ChainWorkOptions): ChainWork {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    async close() {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: ChainWorkOptions, signal: AbortSignal): Promise<void> {
  if (!(await isConnected(options, signal))) return;
  const holder = newUuid();
  const parts = [
    startFollower({ ...options, holder }),
    startPlanner({ ...options, holder }),
    startBroadcaster({ ...options, holder }),
    startReconciler(options),
  ];
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await Promise.all(parts.map((part) => part.stop()));
}

/** False when it is another chain than configured, or when we stop before it is known. */
async function isConnected(options: ChainWorkOptions, signal: AbortSignal): Promise<boolean> {
  const { network, client, logger } = options;
  let delayMs = CONNECT_RETRY_MS;
  while (!signal.aborted) {
    try {
      await connectNetwork(network, client);
      return true;
    } catch (error) {
      if (!(error instanceof ChainUnreachableError)) {
        logger.error({ err: error, network: network.code }, 'this network is not used');
        return false;
      }
      logger.warn({ err: error, network: network.code }, 'this network cannot be reached yet');
      await sleep(delayMs, signal);
      delayMs = Math.min(2 * delayMs, CONNECT_RETRY_MS_MAX);
    }
  }
  return false;
}
