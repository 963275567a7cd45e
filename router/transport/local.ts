import type { ExecutionResult } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import { SubgraphUnavailableError, type Transport, type TransportRequest, withOutcome } from './port.ts';
import { viewerFor } from './viewer.ts';
import { type Patience, timeout, waitFor } from './wait.ts';

/**
 * A subgraph in this process: no socket, no JSON, and the plan's parsed document is executed as it is. Answers are never
 * shared between callers: an engine takes the objects into its own tree, and without a text there is nothing to make a
 * second copy from.
 */
export function createLocalTransport(subgraph: Subgraph): Transport {
  const { name } = subgraph;
  return {
    name,
    async execute(request) {
      try {
        return await waitFor(ask(subgraph, request), patienceOf(request), name);
      } catch (error) {
        if (error instanceof ApiError) return { errors: [error] };
        const fault =
          error instanceof SubgraphUnavailableError
            ? error
            : new SubgraphUnavailableError(`${name}: ${String(error)}`, { cause: error });
        throw withOutcome(fault, request.kind);
      }
    },
    // The subgraph belongs to whoever started it.
    close: () => Promise.resolve(),
  };
}

/** @throws {ApiError} UNAUTHENTICATED */
async function ask(subgraph: Subgraph, request: TransportRequest): Promise<ExecutionResult> {
  const { query, document, variables, operationName, event, caller } = request;
  const viewer = viewerFor(request);
  if (caller.dueAtMs !== undefined && caller.dueAtMs <= performance.now())
    throw timeout(subgraph.name, 0, false);
  return await subgraph.execute({
    query,
    variables,
    viewer,
    requestId: caller.requestId,
    ...(document === undefined ? {} : { document }),
    ...(operationName === undefined ? {} : { operationName }),
    ...(event === undefined ? {} : { event }),
    ...(caller.dueAtMs === undefined ? {} : { dueAtMs: caller.dueAtMs }),
  });
}

/** A client that goes away does not make the outcome of its mutation unknown; only the deadline does. */
function patienceOf({ kind, caller }: TransportRequest): Patience {
  return kind === 'mutation' ? { dueAtMs: caller.dueAtMs } : caller;
}
