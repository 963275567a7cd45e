import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { RedisLink } from '../platform/redis.ts';
import type { Tracer } from '../platform/tracing.ts';
import type { RouterConfig } from '../router/config.ts';
import type { RouterOptions } from '../router/main.ts';
import { createDocuments } from '../router/operation/persisted.ts';
import { openTrustedDocuments } from '../router/operation/trusted.ts';
import { createPolicyHook } from '../router/policyHook.ts';
import { createBudget, createRate } from '../router/protection/rate.ts';
import type { Closers } from './closers.ts';

type Common = Pick<
  RouterOptions,
  'protection' | 'budget' | 'documents' | 'engine' | 'tracer' | 'slowRequestMs' | 'logger'
>;

/** What the configuration makes of a router, in front of our subgraphs and of any. */
export async function routerParts(options: {
  readonly config: Config;
  readonly redis: RedisLink | null;
  readonly tracer: Tracer | undefined;
  readonly logger: Logger;
  readonly closers: Closers;
}): Promise<Common> {
  const { config, redis, tracer, logger, closers } = options;
  const { budget, costMax, authorization, policyUrl, automaticDocuments, trustedDocuments } = config.router;
  const trusted =
    trustedDocuments === null ? null : await openTrustedDocuments({ ...trustedDocuments, logger });
  if (trusted !== null) closers.add({ close: () => trusted.stop() });
  return {
    engine: config.routerEngine,
    protection: {
      authorization: {
        mode: authorization,
        ...(policyUrl === undefined ? {} : { hook: createPolicyHook(policyUrl) }),
        onPolicyFault: (fault) => logger.warn({ fault: fault.message }, 'policies could not be looked at'),
      },
      demand: costMax === null ? { mode: 'measure' } : { costMax },
    },
    documents: createDocuments({ trusted, automatic: automaticDocuments, redis }),
    slowRequestMs: config.slowRequestMs,
    logger,
    ...(budget === null ? {} : { budget: createBudget(createRate({ redis, ...budget })) }),
    ...(tracer === undefined ? {} : { tracer }),
  };
}

/** How the router listens and whom it lets in. */
export function listening(config: Config): RouterConfig {
  const { host, port, introspection, allowedOrigins, metricsToken } = config;
  const { coalesce, compression } = config.router;
  return {
    host,
    port,
    introspection,
    allowedOrigins,
    coalesce,
    compression,
    ...(metricsToken === undefined ? {} : { metricsToken }),
  };
}
