import type { ExecutionResult } from 'graphql';
import type { StreamMessage } from '../../schema/events.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../operation/operation.ts';
import type { Mask } from '../protection/mask.ts';

/** Plans an operation over the supergraph and runs the plan. */
export interface Engine {
  /**
   * Never rejects for a fault of a subgraph: its fields are null and the errors say so. Errors are fit to be shown, with
   * `extensions.subgraph` where one caused them. Safe to retry as far as the operation is.
   */
  execute(request: EngineRequest): Promise<EngineResult>;
  /** The primary fetch of a subscription, for whoever opens the stream at its subgraph. */
  primaryFetch(request: EngineRequest): Promise<PrimaryFetch>;
  /** Plans and compiles ahead of the first request. Rejects when it cannot be planned. */
  warm(operation: Operation, mask: Mask | null, labels: ReadonlySet<string>): Promise<void>;
  /** Plans that are kept, with those being made; 0 where that is not known. */
  readonly planCount: number;
  close(): Promise<void>;
}

export interface EngineRequest {
  readonly operation: Operation;
  /** Coerced by `coerceVariables`: defaults filled in, still fit to be sent as JSON. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly mask: Mask | null;
  /** Of `@override(label:)`: those that hold for this request, percentages decided. */
  readonly labels: ReadonlySet<string>;
  /** For a subscription: what its primary fetch is answered with. */
  readonly primary?: Primary;
}

export type Primary =
  /** By root field: the subgraph is asked with it as root value. */
  | { readonly kind: 'EVENT'; readonly event: Readonly<Record<string, StreamMessage>> }
  /** A message of the subgraph's own stream, which is the answer already. */
  | { readonly kind: 'RESULT'; readonly result: ExecutionResult };

export interface PrimaryFetch {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface EngineResult extends ExecutionResult {
  /** Weight of what the answer holds, by the supergraph's `@cost`; see router/protection/cost. */
  readonly actualCost?: number;
  /** Told by the subgraph: the mutation was decided before, this is its first answer again. */
  readonly isReplay: boolean;
}
