import { Registry } from 'prom-client';
import { openDatabase } from '../platform/postgres.ts';
import { gaugeChains } from '../rails/onchain/metrics/gaugeChains.ts';
import { startChainWork } from '../rails/onchain/work.ts';
import type { AddGauges } from '../router/observability/metrics.ts';
import { gaugeProcess } from '../router/observability/processMetrics.ts';
import { type OpenNetwork, openNetworks } from './networks.ts';
import type { Parts } from './parts.ts';
import { openScreening } from './screening.ts';
import { serveHealth } from './worker.ts';

/** Follower, planner, broadcaster and reconciler have one statement under way each; leases are renewed beside them. */
const POOL_MAX_PER_NETWORK = 6;
/** Whoever scrapes waits for nobody's work. */
const POOL_MAX_FOR_METRICS = 1;

export interface ChainWorks {
  readonly networks: readonly OpenNetwork[];
  /** Adds what is to be known of them to the metrics of this process. */
  readonly gauge: AddGauges;
}

/** Works for every Network that is configured. Gives the URL of its health and metrics. */
export async function startChain(parts: Parts): Promise<string> {
  const { gauge } = await openChainWork(parts);
  const registry = new Registry();
  gaugeProcess(registry);
  gauge(registry);
  return await serveHealth(parts, registry);
}

/** The same without a port. Whoever else asks chains something takes the Networks. */
export async function openChainWork(parts: Omit<Parts, 'redisUrl' | 'tracer'>): Promise<ChainWorks> {
  const { databaseUrl, logger, closers } = parts;
  const networks = await openNetworks(parts);
  if (networks.length === 0) return { networks, gauge: () => undefined };
  const screening = openScreening(parts.config);
  const poolMax = POOL_MAX_PER_NETWORK * networks.length + POOL_MAX_FOR_METRICS;
  const database = closers.add(await openDatabase({ url: databaseUrl, role: 'omsx_chain', poolMax }));
  for (const { network, client } of networks) {
    closers.add(startChainWork({ database, databaseUrl, network, client, screening, logger }));
  }
  return { networks, gauge: (registry) => gaugeChains(registry, { database, networks, logger }) };
}
