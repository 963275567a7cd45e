import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sleep } from '../platform/clock.ts';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import { createApolloServer } from './apolloServer.ts';
import { type Authenticator, cacheAuthenticator } from './auth.ts';
import { DRAIN_WAIT_MS, GRAPHQL_PATH, type RouterConfig } from './config.ts';
import { createApolloEngine } from './engine/apollo.ts';
import type { Engine } from './engine/port.ts';
import { createHttpServer } from './http.ts';
import { createMetrics } from './metrics.ts';
import type { Transport } from './transport/port.ts';
import { createSocketServer } from './websocket.ts';

export interface RouterOptions {
  readonly config: RouterConfig;
  /** Text of schema/supergraph.graphql. */
  readonly supergraphSdl: string;
  /** One for each subgraph. They stay the caller's to close. */
  readonly transports: readonly Transport[];
  readonly authenticator: Authenticator;
  /** Stays the caller's to close, after the router. */
  readonly feed: Feed;
  readonly logger: Logger;
  /** Another engine over the same supergraph; Apollo's by default. */
  readonly engine?: Engine;
}

export interface Router {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly wsUrl: string;
  /** Takes no new requests, closes sockets with 1001, lets requests under way end within a bounded wait. */
  close(): Promise<void>;
}

/** Starts the router. @throws when the port is taken or the supergraph is not valid. */
export async function startRouter(options: RouterOptions): Promise<Router> {
  const { config, feed, logger, supergraphSdl } = options;
  const engine = options.engine ?? createApolloEngine(options);
  const authenticator = cacheAuthenticator(options.authenticator, logger);
  const metrics = createMetrics(feed);
  const apollo = createApolloServer(engine, { introspection: config.introspection, logger, supergraphSdl });
  await apollo.start();
  let draining = false;
  const server = createHttpServer({
    config,
    apollo,
    authenticator,
    feed,
    metrics,
    logger,
    isDraining: () => draining,
  });
  const sockets = createSocketServer({ config, engine, feed, authenticator, metrics, logger });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  server.listen(config.port, config.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const authority = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;

  async function close(): Promise<void> {
    draining = true;
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await sockets.drain();
    const waited = new AbortController();
    await Promise.race([closed, sleep(config.drainWaitMs ?? DRAIN_WAIT_MS, waited.signal)]);
    waited.abort();
    server.closeAllConnections();
    await closed;
    await apollo.stop();
  }

  let closing: Promise<void> | undefined;
  return {
    url: `http://${authority}${GRAPHQL_PATH}`,
    wsUrl: `ws://${authority}${GRAPHQL_PATH}`,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
