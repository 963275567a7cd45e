import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../platform/config.ts';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import { projectRoot } from '../platform/paths.ts';
import type { Authenticator } from '../router/auth.ts';
import { createStockEngine } from '../router/engine/stock.ts';
import { type Router, startRouter } from '../router/main.ts';
import type { Transport } from '../router/transport/port.ts';
import type { Closers } from './closers.ts';

/** Starts the router over these transports, with the engine that the configuration names. */
export async function openRouter(options: {
  readonly config: Config;
  readonly transports: readonly Transport[];
  readonly authenticator: Authenticator;
  readonly feed: Feed;
  readonly logger: Logger;
  readonly closers: Closers;
}): Promise<Router> {
  const { config, transports, authenticator, feed, logger, closers } = options;
  const supergraphSdl = await readFile(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8');
  const stock = config.routerEngine === 'apollo-gateway';
  const engine = stock
    ? closers.add(await createStockEngine({ supergraphSdl, transports, logger }))
    : undefined;
  const { host, port, introspection, allowedOrigins } = config;
  return closers.add(
    await startRouter({
      config: { host, port, introspection, allowedOrigins },
      supergraphSdl,
      transports,
      authenticator,
      feed,
      logger,
      ...(engine === undefined ? {} : { engine }),
    }),
  );
}
