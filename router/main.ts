import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sleep } from '../platform/clock.ts';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import type { Tracer } from '../platform/tracing.ts';
import { DRAIN_WAIT_MS, GRAPHQL_PATH, type RouterConfig } from './config.ts';
import type { PlannerKind } from './engine/plan/process.ts';
import { createGraphs, type Graphs } from './graphs.ts';
import type { HttpParts } from './http/port.ts';
import { createHttpServer } from './http/server.ts';
import type { Identifier } from './identity.ts';
import { type EngineKind, type GraphRecipe, loadGraph } from './loadGraph.ts';
import type { FetchMetrics } from './observability/fetchMetrics.ts';
import { type AddGauges, createMetrics } from './observability/metrics.ts';
import { createObservability } from './observability/observability.ts';
import { observeTransport } from './observability/observedTransport.ts';
import { createDocuments, type Documents } from './operation/persisted.ts';
import { type Budget, createPipeline } from './pipeline.ts';
import type { ProtectionOptions } from './protect.ts';
import { reloadOnChange } from './reload.ts';
import { openStreaming, type Streaming } from './streaming.ts';
import type { SubgraphEntry } from './supergraph/supergraph.ts';
import type { Transport } from './transport/port.ts';

/**
 * Connections that the kernel holds for us while the loop is busy, if it may hold so many (`somaxconn`). Beyond, it drops
 * what greets us, and that client tries again after 1, 3, 7 s. With Node's 511, of 5,000 clients that came back within
 * 3 s the last was let in after 9.1 s; with these after 4.2.
 */
const ACCEPT_QUEUE_MAX = 4_096;

export interface RouterOptions {
  readonly config: RouterConfig;
  /** Text of the supergraph to begin with. */
  readonly supergraphSdl: string;
  /** Looked at for changes when given. */
  readonly supergraphFile?: string;
  /** How a subgraph is reached. Asked at start and at each reload; transports stay the caller's to close. */
  readonly transportOf: (subgraph: SubgraphEntry) => Transport;
  readonly engine?: EngineKind;
  readonly planner?: PlannerKind;
  readonly protection?: ProtectionOptions;
  readonly overrideLabels?: ReadonlySet<string>;
  readonly identifier: Identifier;
  readonly budget?: Budget;
  /** How requests may name their documents; by a hash of what they sent before when left out. */
  readonly documents?: Documents;
  /** Of the platform's events; null where subgraphs serve their subscriptions themselves. Stays the caller's to close. */
  readonly feed: Feed | null;
  /** Undefined where traces are off. */
  readonly tracer?: Tracer;
  readonly slowRequestMs?: number;
  /** Metrics of what this process does besides. */
  readonly gauge?: AddGauges;
  readonly logger: Logger;
}

export interface Router {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly wsUrl: string;
  /** Takes no new requests, closes sockets with 1001, lets requests under way end within a bounded wait. */
  close(): Promise<void>;
}

interface Parts {
  readonly graphs: Graphs;
  readonly recipe: GraphRecipe;
  readonly streaming: Streaming;
  readonly http: Pick<HttpParts, 'pipeline' | 'documents' | 'observability'>;
}

/** Everything of a router but its server. */
async function assemble(options: RouterOptions): Promise<Parts> {
  const { config, feed, identifier, logger, budget = null } = options;
  const metrics = createMetrics(feed, options.gauge);
  const transportOf = observed(options.transportOf, metrics.fetches);
  const recipe: GraphRecipe = {
    engine: options.engine,
    planner: options.planner,
    transportOf,
    protection: options.protection ?? {},
    overrideLabels: options.overrideLabels ?? new Set(),
    hidesSuggestions: !config.introspection,
    metrics: metrics.fetches,
    logger,
  };
  const graphs = createGraphs(await loadGraph(options.supergraphSdl, recipe), logger);
  metrics.fetches.watchPlanCache(() => graphs.current().engine.planCount);
  const admission = {
    graphs,
    requiresCredentials: config.requiresCredentials ?? true,
    introspection: config.introspection,
  };
  const pipeline = createPipeline({ ...admission, budget });
  const documents = options.documents ?? createDocuments({ trusted: null, automatic: true, redis: null });
  const observability = createObservability({
    metrics,
    logger,
    tracer: options.tracer,
    ...(options.slowRequestMs === undefined ? {} : { slowRequestMs: options.slowRequestMs }),
  });
  const streaming = openStreaming({
    config,
    pipeline,
    readmission: createPipeline({ ...admission, budget: null }),
    graphs,
    feed,
    transportOf: ({ supergraph }, name) => {
      const subgraph = supergraph.subgraphs.get(name);
      return subgraph && transportOf(subgraph);
    },
    identifier,
    documents,
    observability,
    budget,
    logger,
  });
  return { graphs, recipe, streaming, http: { pipeline, documents, observability } };
}

/** Starts the router. @throws when the port is taken or the supergraph is not valid. */
export async function startRouter(options: RouterOptions): Promise<Router> {
  const { config, feed, identifier, logger } = options;
  const { graphs, recipe, streaming, http } = await assemble(options);
  const reloader =
    options.supergraphFile === undefined
      ? null
      : await reloadOnChange({
          file: options.supergraphFile,
          load: (sdl) => loadGraph(sdl, recipe),
          graphs,
          logger,
        });
  let draining = false;
  const server = createHttpServer({
    ...http,
    config,
    identifier,
    sse: streaming.sse,
    isDraining: () => draining,
    status: () => (feed === null ? {} : { events: feed.status().source }),
    logger,
  });
  server.on('upgrade', (request, socket, head) => streaming.upgrade(request, socket, head));
  server.listen({ port: config.port, host: config.host, backlog: ACCEPT_QUEUE_MAX });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const authority = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;

  async function close(): Promise<void> {
    draining = true;
    await reloader?.stop();
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await streaming.drain();
    // Those whose event streams have ended.
    server.closeIdleConnections();
    const waited = new AbortController();
    await Promise.race([closed, sleep(config.drainWaitMs ?? DRAIN_WAIT_MS, waited.signal)]);
    waited.abort();
    server.closeAllConnections();
    await closed;
    await graphs.close();
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

/** The same observed transport for the same subgraph, so that what is kept of it lives on over reloads. */
function observed(
  transportOf: RouterOptions['transportOf'],
  metrics: FetchMetrics,
): RouterOptions['transportOf'] {
  const known = new WeakMap<Transport, Transport>();
  return (subgraph) => {
    const transport = transportOf(subgraph);
    const found = known.get(transport) ?? observeTransport(transport, metrics, transport.url ?? null);
    known.set(transport, found);
    return found;
  };
}
