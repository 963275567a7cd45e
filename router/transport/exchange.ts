import type { FormattedExecutionResult } from 'graphql';
import type { Viewer } from '../../platform/viewer.ts';
import type { TransportRequest } from './port.ts';

/** A request as it goes out: its body is written once, however often it is sent. */
export interface Parcel {
  readonly request: TransportRequest;
  /** Signed into the request for our own subgraphs; null for those of others. */
  readonly viewer: Viewer | null;
  readonly body: string;
  /** `performance.now()` at which the answer is due. */
  readonly dueAtMs: number;
  /** `performance.now()` at which the connection is given up: later than `dueAtMs` for a mutation, which is not cut off. */
  readonly dropAtMs: number;
  /** Undefined for a mutation. */
  readonly signal: AbortSignal | undefined;
}

/** What came back. */
export interface Answer {
  readonly result: FormattedExecutionResult;
  /** What `result` was read from, so that each caller who shares the answer can read a copy of its own. */
  readonly text: string;
}

/**
 * One way of getting an answer. Breaker, retries and sharing are each an exchange round another.
 *
 * @throws {SubgraphUnavailableError}
 */
export type Exchange = (parcel: Parcel) => Promise<Answer>;
