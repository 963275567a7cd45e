import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../platform/config.ts';
import type { Feed } from '../platform/feed/port.ts';
import { present } from '../platform/invariant.ts';
import type { Logger } from '../platform/log.ts';
import { projectRoot } from '../platform/paths.ts';
import type { RedisLink } from '../platform/redis.ts';
import type { Tracer } from '../platform/tracing.ts';
import { type Authenticator, cacheAuthenticator } from '../router/auth.ts';
import { createViewerIdentifier } from '../router/identity.ts';
import { type Router, startRouter } from '../router/main.ts';
import type { AddGauges } from '../router/observability/metrics.ts';
import type { Transport } from '../router/transport/port.ts';
import type { Closers } from './closers.ts';
import { listening, routerParts } from './routerParts.ts';

/** Starts the platform's router over these transports, with the engine that the configuration names. */
export async function openRouter(options: {
  readonly config: Config;
  readonly transports: readonly Transport[];
  readonly authenticator: Authenticator;
  readonly feed: Feed;
  /** Null where there is none: budgets and documents are then this process's own. */
  readonly redis: RedisLink | null;
  readonly tracer: Tracer | undefined;
  /** Metrics of what this process does besides. */
  readonly gauge?: AddGauges;
  readonly logger: Logger;
  readonly closers: Closers;
}): Promise<Router> {
  const { config, feed, redis, tracer, logger, closers } = options;
  const supergraphFile = join(projectRoot, 'schema', 'supergraph.graphql');
  const transports = new Map(options.transports.map((transport) => [transport.name, transport]));
  return closers.add(
    await startRouter({
      ...(await routerParts({ config, redis, tracer, logger, closers })),
      config: listening(config),
      supergraphSdl: await readFile(supergraphFile, 'utf8'),
      supergraphFile,
      transportOf: ({ name }) => present(transports.get(name), `transport of ${name}`),
      identifier: createViewerIdentifier(cacheAuthenticator(options.authenticator, logger)),
      feed,
      ...(options.gauge === undefined ? {} : { gauge: options.gauge }),
    }),
  );
}
