import type { Logger } from '../platform/log.ts';
import { createEngine } from './engine/engine.ts';
import type { PlannerKind } from './engine/plan/process.ts';
import type { Engine } from './engine/port.ts';
import { createGraph, type Graph, type Protection } from './graph.ts';
import type { FetchMetrics } from './observability/fetchMetrics.ts';
import { type ProtectionOptions, protect } from './protect.ts';
import { readSupergraph } from './supergraph/read.ts';
import type { SubgraphEntry, Supergraph } from './supergraph/supergraph.ts';
import type { Transport } from './transport/port.ts';

/** Our own, or Apollo's gateway as it comes. */
export type EngineKind = 'omsx' | 'apollo';

/** How a Graph is made of a supergraph's text, the same at start and at each reload. */
export interface GraphRecipe {
  /** Our own when left out. */
  readonly engine?: EngineKind | undefined;
  /** Hive's when left out, which hands over to Apollo's where it cannot be used. */
  readonly planner?: PlannerKind | undefined;
  readonly transportOf: (subgraph: SubgraphEntry) => Transport;
  readonly protection: ProtectionOptions;
  /** Labels of `@override(label:)` that hold for everyone; those of percentages hold by themselves. */
  readonly overrideLabels: ReadonlySet<string>;
  /** Where the schema may not be read, errors do not suggest names of it. */
  readonly hidesSuggestions: boolean;
  readonly metrics: FetchMetrics | null;
  readonly logger: Logger;
}

/**
 * Reads a supergraph and makes it ready to serve.
 *
 * @throws {SupergraphError} for a text that cannot be served
 */
export async function loadGraph(sdl: string, recipe: GraphRecipe): Promise<Graph> {
  const supergraph = readSupergraph(sdl);
  const protection = protect(supergraph, recipe.protection);
  const engine = await openEngine(supergraph, protection, recipe);
  const { overrideLabels, hidesSuggestions } = recipe;
  return createGraph({ supergraph, engine, protection, overrideLabels, hidesSuggestions });
}

async function openEngine(
  supergraph: Supergraph,
  { weights }: Protection,
  recipe: GraphRecipe,
): Promise<Engine> {
  const { planner, logger, metrics } = recipe;
  const transports = new Map(
    [...supergraph.subgraphs.values()].map((subgraph) => [subgraph.name, recipe.transportOf(subgraph)]),
  );
  if (recipe.engine === 'apollo') {
    // Loaded where it is wanted: it takes as long as all the rest.
    const { createStockEngine } = await import('./engine/stock.ts');
    return await createStockEngine({ supergraph, transports: [...transports.values()], logger });
  }
  return await createEngine({
    supergraph,
    transportOf: (name) => {
      const transport = transports.get(name);
      if (transport === undefined) throw new Error(`a plan asks ${name}, which the supergraph does not name`);
      return transport;
    },
    logger,
    ...(planner === undefined ? {} : { planner }),
    ...(weights === null ? {} : { weights }),
    ...(metrics === null ? {} : { onPlan: (plan) => metrics.observePlan(plan) }),
  });
}
