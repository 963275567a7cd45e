import type { DocumentNode } from 'graphql';
import type { Identity } from './caller.ts';
import type { Engine } from './engine/port.ts';
import type { Operation } from './operation/operation.ts';
import { OperationStore } from './operation/store.ts';
import type { Mask } from './protection/mask.ts';
import type { Weights } from './protection/weights.ts';
import { createOverrides, type Overrides } from './supergraph/overrides.ts';
import type { Supergraph } from './supergraph/supergraph.ts';

/** Everything that is worked out from one supergraph. A new one replaces it whole. */
export interface Graph {
  readonly supergraph: Supergraph;
  readonly engine: Engine;
  readonly operations: OperationStore;
  readonly overrides: Overrides;
  readonly protection: Protection;
}

/** What an operation has to pass before it is planned. Each part throws a GraphQLError that may be shown. */
export interface Protection {
  /** A text as a document of allowed size and shape, not yet validated. */
  readonly parse: (text: string) => DocumentNode;
  /** The fields that the caller may not have; null for none. */
  readonly mask: (operation: Operation, identity: Identity) => Mask | null | Promise<Mask | null>;
  /** What the operation would cost with these variables; null where costs are not looked at. */
  readonly estimate: ((operation: Operation, variables: Readonly<Record<string, unknown>>) => number) | null;
  /** For the cost of answers; null where costs are not looked at. */
  readonly weights: Weights | null;
}

export interface GraphOptions {
  readonly supergraph: Supergraph;
  readonly engine: Engine;
  readonly protection: Protection;
  /** Labels of `@override(label:)` that hold for everyone. */
  readonly overrideLabels?: ReadonlySet<string>;
  /** Whether errors keep quiet about the names that a client may have meant. */
  readonly hidesSuggestions?: boolean | undefined;
}

export function createGraph(options: GraphOptions): Graph {
  const { supergraph, engine, protection } = options;
  return {
    supergraph,
    engine,
    operations: new OperationStore(supergraph.apiSchema, protection.parse, options.hidesSuggestions),
    overrides: createOverrides(supergraph, options.overrideLabels ?? new Set()),
    protection,
  };
}
