import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { StreamMessage } from '../schema/events.ts';
import type { Viewer } from './viewer.ts';

/** One fetch of the router's plan, or a direct request, to one subgraph. */
export interface SubgraphRequest {
  readonly query: string;
  /** The parsed query, where the caller has it already. */
  readonly document?: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly viewer: Viewer;
  readonly requestId: string;
  /** `performance.now()` at which nobody waits any more: no root field is begun after it. */
  readonly dueAtMs?: number;
  /**
   * For the primary fetch of a subscription: the payload of the event, by root field. The subgraph answers the
   * subscription operation with it as root value instead of opening a stream.
   */
  readonly event?: Readonly<Record<string, StreamMessage>>;
}

/** A running subgraph: a schema, and a way to execute a request in it. The router's transports speak to this. */
export interface Subgraph {
  readonly name: 'accounts' | 'wallets' | 'payments';
  readonly schema: GraphQLSchema;
  execute(request: SubgraphRequest): Promise<ExecutionResult>;
  /** Stops workers, answers what is queued, closes connections. */
  close(): Promise<void>;
}
