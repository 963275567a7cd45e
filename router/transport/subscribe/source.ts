import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { toGraphQLError } from '../../errors.ts';
import { parseResult } from '../answer.ts';
import { SubgraphUnavailableError, type TransportRequest } from '../port.ts';
import type { Sink } from './stream.ts';

/** A protocol by which a subgraph serves subscriptions. */
export interface Source {
  /** Opens one. Gives what closes it at once. */
  open(request: TransportRequest, sink: Sink): () => void;
  /** Breaks off what is open. */
  close(): Promise<void>;
}

export interface SourceOptions {
  readonly name: string;
  readonly url: URL;
  readonly subscriptionsMax: number;
  readonly messageBytesMax: number;
  /** From opening a connection until the subgraph has accepted it. */
  readonly openWaitMs: number;
  readonly pingMs: number;
  readonly pongWaitMs: number;
  /** Null for ever. */
  readonly silenceMaxMs: number | null;
}

/** @throws {SubgraphUnavailableError} MALFORMED */
export function readMessage(text: string, name: string): ExecutionResult {
  const result = parseResult(text);
  if (result !== null) return toMessage(result);
  throw new SubgraphUnavailableError(`${name}: a message is no GraphQL response`, { reason: 'MALFORMED' });
}

/** Messages are ExecutionResults, whose errors are instances. */
export function toMessage({ errors, ...rest }: FormattedExecutionResult): ExecutionResult {
  return errors === undefined || errors === null || errors.length === 0
    ? rest
    : { ...rest, errors: errors.map(toGraphQLError) };
}
