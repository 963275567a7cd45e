import { createEntityCache } from '../platform/cache.ts';
import { present } from '../platform/invariant.ts';
import { type Route, serveSubgraph } from '../platform/server.ts';
import type { Subgraph } from '../platform/subgraph.ts';
import { AUTHENTICATE_PATH, authenticateRoute } from '../subgraphs/accounts/adapters/authenticateRoute.ts';
import type { Parts } from './parts.ts';
import { openRedis } from './streams.ts';
import { openAccounts, openPayments, openWallets, type SubgraphOptions } from './subgraphs.ts';

export async function startAccounts(parts: Parts): Promise<string> {
  const keyPepper = present(parts.config.keyPepper, 'OMSX_KEY_PEPPER');
  const accounts = parts.closers.add(await openAccounts(await withCache(parts), keyPepper));
  return await serve(parts, accounts, { [AUTHENTICATE_PATH]: authenticateRoute(accounts.authenticate) });
}

/** The one role here that asks chains: the others wait for none of that code when they start. */
export async function startWallets(parts: Parts): Promise<string> {
  const { openNetworks } = await import('./networks.ts');
  const networks = await openNetworks(parts);
  return await serve(parts, parts.closers.add(await openWallets({ ...(await withCache(parts)), networks })));
}

export async function startPayments(parts: Parts): Promise<string> {
  return await serve(parts, parts.closers.add(await openPayments(parts)));
}

async function withCache(parts: Parts): Promise<SubgraphOptions> {
  return { ...parts, cache: createEntityCache(await openRedis(parts)) };
}

async function serve(
  parts: Parts,
  subgraph: Subgraph,
  extraRoutes: Readonly<Record<string, Route>> = {},
): Promise<string> {
  const { config, tracer, logger, closers } = parts;
  const viewerSecret = present(config.viewerSecret, 'OMSX_VIEWER_SECRET');
  const { host, port } = config;
  const server = await serveSubgraph({ subgraph, port, host, viewerSecret, logger, extraRoutes, tracer });
  return closers.add(server).url;
}
