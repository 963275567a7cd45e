import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Feed } from '../../platform/feed/port.ts';
import { present } from '../../platform/invariant.ts';
import type { Logger } from '../../platform/log.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Authenticator } from '../../router/auth.ts';
import { cacheAuthenticator } from '../../router/auth.ts';
import type { RouterConfig } from '../../router/config.ts';
import type { Primary } from '../../router/engine/port.ts';
import { createGraphs } from '../../router/graphs.ts';
import { createViewerIdentifier, identityOf } from '../../router/identity.ts';
import { type EngineKind, type GraphRecipe, loadGraph } from '../../router/loadGraph.ts';
import { type Router, startRouter } from '../../router/main.ts';
import { OperationError } from '../../router/operation/store.ts';
import { createPipeline, type Pipeline } from '../../router/pipeline.ts';
import type { ProtectionOptions } from '../../router/protect.ts';
import type { Transport } from '../../router/transport/port.ts';
import { readSupergraph } from './supergraph.ts';

/** What a router of a test is made of; the rest is as in production. */
export interface TestRouterOptions {
  readonly transports: readonly Transport[];
  readonly authenticator: Authenticator;
  readonly feed: Feed | null;
  readonly logger: Logger;
  readonly config?: Partial<RouterConfig>;
  readonly supergraphSdl?: string;
  readonly supergraphFile?: string;
  readonly engine?: EngineKind;
  readonly protection?: ProtectionOptions;
}

/** Of a router whose subgraphs are reached by these. */
export function transportsBy(transports: readonly Transport[]): GraphRecipe['transportOf'] {
  const byName = new Map(transports.map((transport) => [transport.name, transport]));
  return ({ name }) => present(byName.get(name), `transport of ${name}`);
}

/** Of a Graph over these, as production makes it, but for what a test changes. */
export function recipeOf(
  transports: readonly Transport[],
  logger: Logger,
  change: Partial<GraphRecipe> = {},
): GraphRecipe {
  return {
    transportOf: transportsBy(transports),
    protection: {},
    overrideLabels: new Set(),
    hidesSuggestions: false,
    metrics: null,
    logger,
    ...change,
  };
}

/** A router on a free port of loopback, with introspection, for whoever the authenticator knows. */
export function startTestRouter(options: TestRouterOptions): Promise<Router> {
  const { transports, authenticator, feed, logger, supergraphFile } = options;
  return startRouter({
    config: { host: '127.0.0.1', port: 0, allowedOrigins: [], introspection: true, ...options.config },
    supergraphSdl: options.supergraphSdl ?? readSupergraph(),
    ...(supergraphFile === undefined ? {} : { supergraphFile }),
    transportOf: transportsBy(transports),
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    identifier: createViewerIdentifier(cacheAuthenticator(authenticator, logger)),
    feed,
    logger,
  });
}

export interface TestPipeline {
  readonly pipeline: Pipeline;
  readonly apiSchema: GraphQLSchema;
  /** Runs a document as `viewer`, as any transport would. A document that may not run is answered with its errors. */
  run(
    viewer: Viewer,
    text: string,
    variables?: Readonly<Record<string, unknown>>,
    more?: { readonly requestId?: string; readonly primary?: Primary },
  ): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** The router's way of an operation without its servers. */
export async function openTestPipeline(
  options: Pick<TestRouterOptions, 'transports' | 'logger' | 'engine' | 'supergraphSdl' | 'protection'>,
): Promise<TestPipeline> {
  const { transports, logger } = options;
  const graph = await loadGraph(
    options.supergraphSdl ?? readSupergraph(),
    recipeOf(transports, logger, { engine: options.engine, protection: options.protection ?? {} }),
  );
  const graphs = createGraphs(graph, logger);
  const pipeline = createPipeline({ graphs, requiresCredentials: true, introspection: true, budget: null });
  return {
    pipeline,
    apiSchema: graph.supergraph.apiSchema,
    async run(viewer, query, variables = {}, { requestId = 'test', primary } = {}) {
      const caller = { identity: identityOf(viewer), requestId, headers: {} };
      try {
        return withoutCost(
          await pipeline.execute(await pipeline.admit({ query, variables }, caller), primary),
        );
      } catch (error) {
        if (error instanceof OperationError) return { errors: error.errors };
        throw error;
      }
    },
    close: () => graphs.close(),
  };
}

/** What an operation costs is tested where it is worked out. */
function withoutCost(result: ExecutionResult): ExecutionResult {
  const { cost: _, ...extensions } = result.extensions ?? {};
  const { extensions: __, ...rest } = result;
  return Object.keys(extensions).length === 0 ? rest : { ...rest, extensions };
}
