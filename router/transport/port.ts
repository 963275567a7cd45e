import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { SubgraphRequest } from '../../platform/subgraph.ts';

/** A fetch of a plan, on its way to a subgraph. */
export interface TransportRequest extends SubgraphRequest {
  /** Only a mutation changes anything; whatever else may be sent twice. */
  readonly kind: 'query' | 'mutation' | 'subscription';
}

/** Reaches one subgraph. */
export interface Transport {
  /** As the supergraph names it. */
  readonly name: string;
  /**
   * Errors of resolvers are in the result, masked by the subgraph.
   *
   * @throws {SubgraphUnavailableError} when no answer came; of a mutation the outcome is then unknown
   */
  execute(request: TransportRequest): Promise<ExecutionResult | FormattedExecutionResult>;
  close(): Promise<void>;
}

/** The subgraph did not answer, or with what is no GraphQL response. Its message is for the log only. */
export class SubgraphUnavailableError extends Error {
  override readonly name = 'SubgraphUnavailableError';
}
