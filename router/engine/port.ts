import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Viewer } from '../../platform/viewer.ts';
import type { StreamMessage } from '../../schema/events.ts';

/** Plans an operation over the supergraph and runs the plan. */
export interface Engine {
  /** What clients see: validate documents against it before `execute`. */
  readonly apiSchema: GraphQLSchema;
  /**
   * Never rejects for a fault of a subgraph: its fields are null and the errors say so. Errors are fit to be shown.
   * Safe to retry as far as the operation is.
   */
  execute(request: EngineRequest): Promise<ExecutionResult>;
}

export interface EngineRequest {
  /** Valid against `apiSchema`. Pass the same object for the same text: it is the key of the plan cache. */
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly viewer: Viewer;
  readonly requestId: string;
  /** For a subscription, by root field: what the plan's primary fetch is answered with. */
  readonly event?: Readonly<Record<string, StreamMessage>>;
}
