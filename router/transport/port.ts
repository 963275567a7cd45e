import type { DocumentNode, ExecutionResult, FormattedExecutionResult, OperationTypeNode } from 'graphql';
import type { StreamMessage } from '../../schema/events.ts';
import type { Caller } from '../caller.ts';

/** A fetch of a plan, on its way to a subgraph. */
export interface TransportRequest {
  /** Only a mutation changes anything; whatever else may be sent twice. */
  readonly kind: OperationTypeNode;
  readonly query: string;
  /** The parsed query, where the plan has it. */
  readonly document?: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly caller: Caller;
  /** For the primary fetch of a subscription that an event answers: the event, by root field. */
  readonly event?: Readonly<Record<string, StreamMessage>>;
}

/** Reaches one subgraph. */
export interface Transport {
  /** As the supergraph names it. */
  readonly name: string;
  /** Of its endpoint; undefined in this process. */
  readonly url?: string;
  /** Undefined in this process, where there is nothing to tell. */
  readonly stats?: TransportStats;
  /**
   * Errors of resolvers are in the result, masked by the subgraph where it is ours.
   *
   * @throws {SubgraphUnavailableError} when no answer came; of a mutation the outcome is then unknown
   */
  execute(request: TransportRequest): Promise<ExecutionResult | FormattedExecutionResult>;
  /** Opens a subscription at the subgraph itself, where it serves some. Ends when `signal` is aborted. */
  subscribe?(request: TransportRequest, signal: AbortSignal): AsyncIterable<ExecutionResult>;
  close(): Promise<void>;
}

/** What a transport has done since it was opened. Read when somebody asks, so that counting costs an addition. */
export interface TransportStats {
  /** Fetches that were asked for. */
  readonly fetches: number;
  /** Of these, those that were sent, and not answered with what another got. */
  readonly requests: number;
  /** Requests and their repetitions. */
  readonly attempts: number;
  /** Of bodies, as they came. */
  readonly responseBytes: number;
  /** Of its circuit breaker. */
  readonly breakerState: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
}

/** Why no answer came. */
export type UnavailableReason =
  /** Refused, or broke before the whole answer was there. */
  | 'CONNECTION'
  /** No answer by the time it was due. */
  | 'TIMEOUT'
  /** A status that is no answer; see `status`. */
  | 'STATUS'
  /** What came is no GraphQL response. */
  | 'MALFORMED'
  /** What came is longer than what is read. */
  | 'TOO_LARGE'
  /** The circuit breaker is open, so nothing was tried. */
  | 'OPEN'
  /** Too many requests of ours are under way, so nothing was tried. */
  | 'OVERLOADED'
  /** Nobody waits any more. */
  | 'ABORTED'
  /** A fault of this process. */
  | 'FAILED';

export interface UnavailableDetails extends ErrorOptions {
  readonly reason?: UnavailableReason;
  readonly status?: number;
  readonly wasSent?: boolean;
  readonly waitedMs?: number;
}

/** The subgraph did not answer, or with what is no GraphQL response. Its message is for the log only. */
export class SubgraphUnavailableError extends Error {
  override readonly name = 'SubgraphUnavailableError';
  readonly reason: UnavailableReason;
  /** The HTTP status, where one came. */
  readonly status: number | null;
  /**
   * False when the subgraph has certainly not seen the request, so that a mutation changed nothing. Otherwise the outcome
   * of a mutation is unknown, and it may be sent again with the same idempotency key only.
   */
  readonly wasSent: boolean;
  /** Of a TIMEOUT: how long the subgraph had. */
  readonly waitedMs: number | null;

  constructor(message: string, details: UnavailableDetails = {}) {
    super(message, details);
    this.reason = details.reason ?? 'FAILED';
    this.status = details.status ?? null;
    this.wasSent = details.wasSent ?? true;
    this.waitedMs = details.waitedMs ?? null;
  }
}

/** The same error; of a mutation that may have been carried out all the same, its message says so. */
export function withOutcome(
  error: SubgraphUnavailableError,
  kind: OperationTypeNode,
): SubgraphUnavailableError {
  if (kind !== 'mutation' || !error.wasSent) return error;
  const { message, reason, status, waitedMs } = error;
  return new SubgraphUnavailableError(
    `${message}; the outcome of the mutation is unknown, retry with the same idempotency key`,
    {
      cause: error,
      reason,
      ...(status === null ? {} : { status }),
      ...(waitedMs === null ? {} : { waitedMs }),
    },
  );
}
