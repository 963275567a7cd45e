import { present } from '../platform/invariant.ts';
import type { Answer } from '../router/transport/exchange.ts';
import { createHttpTransport } from '../router/transport/http.ts';
import { createSingleFlight } from '../router/transport/singleFlight.ts';
import { createRemoteAuthenticator } from '../subgraphs/accounts/adapters/remoteAuthenticator.ts';
import type { Parts } from './parts.ts';
import { openRouter } from './router.ts';
import { openFeed, openRedis } from './streams.ts';

/** The router of a deployment whose subgraphs run elsewhere. Gives the URL it answers at. */
export async function startSplitRouter(parts: Parts): Promise<string> {
  const { config, tracer, logger, closers } = parts;
  const viewerSecret = present(config.viewerSecret, 'OMSX_VIEWER_SECRET');
  const sharing = config.router.coalesce ? createSingleFlight<Answer>('subgraphs') : undefined;
  const transports = Object.entries(config.subgraphUrls).map(([name, url]) =>
    closers.add(
      createHttpTransport({
        name,
        url: graphqlUrlOf(present(url, `URL of ${name}`)),
        viewerSecret,
        ...(sharing === undefined ? {} : { sharing }),
      }),
    ),
  );
  const authenticator = closers.add(
    createRemoteAuthenticator({
      url: present(config.subgraphUrls.accounts, 'URL of accounts'),
      viewerSecret,
    }),
  );
  const redis = await openRedis(parts);
  const feed = await openFeed(parts, redis);
  const router = await openRouter({
    config,
    transports,
    authenticator,
    feed,
    redis,
    tracer,
    logger,
    closers,
  });
  return router.url;
}

/** A subgraph's URL may be given with or without the path that all of them answer at. */
function graphqlUrlOf(url: string): string {
  const given = new URL(url);
  if (given.pathname === '/') given.pathname = '/graphql';
  return given.href;
}
