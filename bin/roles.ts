import { createServer } from 'node:http';
import { createEntityCache, type EntityCache } from '../platform/cache.ts';
import type { Config, Role } from '../platform/config.ts';
import { present } from '../platform/invariant.ts';
import type { Logger } from '../platform/log.ts';
import { type Route, serveSubgraph } from '../platform/server.ts';
import type { Subgraph } from '../platform/subgraph.ts';
import { createHttpTransport } from '../router/transport/http.ts';
import { AUTHENTICATE_PATH, authenticateRoute } from '../subgraphs/accounts/adapters/authenticateRoute.ts';
import { createRemoteAuthenticator } from '../subgraphs/accounts/adapters/remoteAuthenticator.ts';
import { type Closers, opening } from './closers.ts';
import { openRouter } from './router.ts';
import { openFeed, openRedis, openRelay } from './streams.ts';
import { openAccounts, openPayments, openWallets } from './subgraphs.ts';

export type SplitRole = Exclude<Role, 'up'>;

export type RunningRole = {
  readonly url: string;
  stop(): Promise<void>;
};

interface Parts {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly logger: Logger;
  readonly closers: Closers;
}

/** One role in this process; the others run elsewhere on the same servers. */
export function startRole(role: SplitRole, config: Config, logger: Logger): Promise<RunningRole> {
  return opening(async (closers) => {
    const databaseUrl = present(config.databaseUrls[role], `database URL of ${role}`);
    const parts: Parts = { config, databaseUrl, redisUrl: config.redisUrl, logger, closers };
    return { url: await STARTERS[role](parts), stop: () => closers.close() };
  });
}

/** Each gives the URL it answers at. */
const STARTERS: Readonly<Record<SplitRole, (parts: Parts) => Promise<string>>> = {
  async accounts(parts) {
    const accounts = parts.closers.add(
      await openAccounts(await withCache(parts), present(parts.config.keyPepper, 'OMSX_KEY_PEPPER')),
    );
    const routes = { [AUTHENTICATE_PATH]: authenticateRoute(accounts.authenticate) };
    return await serve(parts, accounts, routes);
  },
  wallets: async (parts) => await serve(parts, parts.closers.add(await openWallets(await withCache(parts)))),
  payments: async (parts) => await serve(parts, parts.closers.add(await openPayments(parts))),
  async worker(parts) {
    await openRelay(parts, await openRedis(parts));
    return await serveHealth(parts);
  },
  router: startSplitRouter,
};

async function withCache(parts: Parts): Promise<Parts & { readonly cache: EntityCache }> {
  return { ...parts, cache: createEntityCache(await openRedis(parts)) };
}

async function startSplitRouter(parts: Parts): Promise<string> {
  const { config, logger, closers } = parts;
  const viewerSecret = present(config.viewerSecret, 'OMSX_VIEWER_SECRET');
  const transports = Object.entries(config.subgraphUrls).map(([name, url]) =>
    closers.add(
      createHttpTransport({ name, url: graphqlUrlOf(present(url, `URL of ${name}`)), viewerSecret }),
    ),
  );
  const authenticator = closers.add(
    createRemoteAuthenticator({
      url: present(config.subgraphUrls.accounts, 'URL of accounts'),
      viewerSecret,
    }),
  );
  const feed = await openFeed(parts, await openRedis(parts));
  const router = await openRouter({ config, transports, authenticator, feed, logger, closers });
  return router.url;
}

/** A subgraph's URL may be given with or without the path that all of them answer at. */
function graphqlUrlOf(url: string): string {
  const given = new URL(url);
  if (given.pathname === '/') given.pathname = '/graphql';
  return given.href;
}

async function serve(
  parts: Parts,
  subgraph: Subgraph,
  extraRoutes: Readonly<Record<string, Route>> = {},
): Promise<string> {
  const { config, logger, closers } = parts;
  const viewerSecret = present(config.viewerSecret, 'OMSX_VIEWER_SECRET');
  const { host, port } = config;
  const server = await serveSubgraph({ subgraph, port, host, viewerSecret, logger, extraRoutes });
  return closers.add(server).url;
}

/** A worker answers nothing but whether it lives. */
async function serveHealth({ config, closers }: Parts): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: request.url === '/health' ? 'ok' : 'not found' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  closers.add({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  const address = server.address();
  return `http://${config.host}:${typeof address === 'object' && address ? address.port : config.port}`;
}
