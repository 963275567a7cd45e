import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../../../platform/log.ts';
import type { Transport } from '../../transport/port.ts';
import type { Joins } from '../join.ts';
import type { PlannedNames } from '../names.ts';
import type { TypeConditions } from '../types.ts';

/** Told after each request to a subgraph. */
export type OnFetch = (fetch: {
  readonly subgraph: string;
  readonly ms: number;
  readonly outcome: 'OK' | 'ERRORS' | 'UNAVAILABLE';
}) => void;

/** What the fetches of one plan share. */
export interface FetchKit {
  readonly transportOf: (subgraph: string) => Transport;
  readonly logger: Logger;
  readonly onFetch: OnFetch | undefined;
  readonly types: TypeConditions;
  readonly schema: GraphQLSchema;
  readonly joins: Joins;
  readonly names: PlannedNames;
}
