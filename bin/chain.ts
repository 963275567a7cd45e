import { openDatabase } from '../platform/postgres.ts';
import { startChainWork } from '../rails/onchain/work.ts';
import { type OpenNetwork, openNetworks } from './networks.ts';
import type { Parts } from './parts.ts';
import { openScreening } from './screening.ts';
import { serveHealth } from './worker.ts';

/** Follower, planner, broadcaster and reconciler have one statement under way each; leases are renewed beside them. */
const POOL_MAX_PER_NETWORK = 6;

/** Works for every Network that is configured. Gives the URL of its health. */
export async function startChain(parts: Parts): Promise<string> {
  await openChainWork(parts);
  return await serveHealth(parts);
}

/** The same without a port. Gives the Networks, for whoever else asks chains something. */
export async function openChainWork(
  parts: Omit<Parts, 'redisUrl' | 'tracer'>,
): Promise<readonly OpenNetwork[]> {
  const { databaseUrl, logger, closers } = parts;
  const networks = await openNetworks(parts);
  if (networks.length === 0) return networks;
  const screening = openScreening(parts.config);
  const poolMax = POOL_MAX_PER_NETWORK * networks.length;
  const database = closers.add(await openDatabase({ url: databaseUrl, role: 'omsx_chain', poolMax }));
  for (const { network, client } of networks) {
    closers.add(startChainWork({ database, databaseUrl, network, client, screening, logger }));
  }
  return networks;
}
