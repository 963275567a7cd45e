import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Link } from './links.ts';

/** A composed Federation 2 supergraph, read once. Immutable. */
export interface Supergraph {
  /** As it was given. */
  readonly sdl: string;
  /** First 16 hexadecimal digits of the SHA-256 of `sdl`. */
  readonly id: string;
  readonly document: DocumentNode;
  /** Everything in it, with `join__` types and applied directives in the `astNode`s. */
  readonly schema: GraphQLSchema;
  /** What clients see: nothing of federation, nothing inaccessible. Documents are validated against it. */
  readonly apiSchema: GraphQLSchema;
  readonly links: readonly Link[];
  /** By the name that composition gave it (`@join__graph(name:)`), which plans use too. */
  readonly subgraphs: ReadonlyMap<string, SubgraphEntry>;
  /** What the directives that a router enforces are called here; undefined when the supergraph has none of them. */
  readonly directives: Readonly<Record<EnforcedDirective, string | undefined>>;
}

export interface SubgraphEntry {
  readonly name: string;
  /** Of its GraphQL endpoint, as composition knew it; may be empty. */
  readonly url: string;
}

export const ENFORCED_DIRECTIVES = {
  authenticated: 'https://specs.apollo.dev/authenticated',
  requiresScopes: 'https://specs.apollo.dev/requiresScopes',
  policy: 'https://specs.apollo.dev/policy',
  cost: 'https://specs.apollo.dev/cost',
  listSize: 'https://specs.apollo.dev/cost',
  tag: 'https://specs.apollo.dev/tag',
  inaccessible: 'https://specs.apollo.dev/inaccessible',
} as const;
export type EnforcedDirective = keyof typeof ENFORCED_DIRECTIVES;

/** The text is no supergraph that this router can serve. Its message says what is wrong with it and where. */
export class SupergraphError extends Error {
  override readonly name = 'SupergraphError';
}
