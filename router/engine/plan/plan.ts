import type { OperationTypeNode } from 'graphql';

/** How an operation is answered, whichever planner said so. */
export interface Plan {
  /** Null when no subgraph has to be asked. */
  readonly node: PlanNode | null;
  /** Of a subscription: the fetch that a stream or an event answers; `node` is what follows it. */
  readonly primary: RootFetch | null;
}

export type PlanNode = Sequence | Parallel | RootFetch | EntityFetch;

export interface Sequence {
  readonly kind: 'SEQUENCE';
  readonly nodes: readonly PlanNode[];
}

export interface Parallel {
  readonly kind: 'PARALLEL';
  readonly nodes: readonly PlanNode[];
}

interface Fetch {
  readonly subgraph: string;
  readonly operationKind: OperationTypeNode;
  readonly operationName: string | undefined;
  readonly text: string;
  /** Names of the client's variables that `text` uses. */
  readonly variables: readonly string[];
}

/** Asks a root type. */
export interface RootFetch extends Fetch {
  readonly kind: 'ROOT';
  /** Where the answer belongs: empty but for a root type that a field returns. */
  readonly path: Path;
  readonly outputRewrites: readonly Rewrite[];
}

/** Asks for more about objects that are known by their keys. */
export interface EntityFetch extends Fetch {
  readonly kind: 'ENTITIES';
  readonly groups: readonly EntityGroup[];
}

/** One `_entities` field of a fetch. */
export interface EntityGroup {
  readonly responseKey: string;
  /** Name of the variable that takes the representations. */
  readonly variable: string;
  readonly paths: readonly Path[];
  readonly requires: readonly Requirement[];
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
}

export type Path = readonly PathStep[];
export type PathStep =
  | { readonly kind: 'FIELD'; readonly name: string }
  | { readonly kind: 'LIST' }
  /** Only objects of one of these types. */
  | { readonly kind: 'TYPES'; readonly names: readonly string[] };

/** What a representation consists of. */
export type Requirement =
  | {
      readonly kind: 'FIELD';
      /** Where it is found in the object. */
      readonly from: string;
      /** What the subgraph knows it as. */
      readonly name: string;
      readonly selections: readonly Requirement[] | null;
    }
  | { readonly kind: 'TYPE'; readonly typeName: string; readonly selections: readonly Requirement[] };

export type Rewrite =
  | { readonly kind: 'SET'; readonly path: RewritePath; readonly value: unknown }
  | { readonly kind: 'RENAME'; readonly path: RewritePath; readonly name: string };

export type RewritePath = readonly (
  | { readonly kind: 'FIELD'; readonly name: string }
  | { readonly kind: 'TYPES'; readonly names: readonly string[] }
)[];

/** The planner gave what this router cannot carry out, or gave up. Its message is for the log. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}
