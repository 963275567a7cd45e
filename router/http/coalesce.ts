import { OperationTypeNode } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import type { Admitted, Pipeline } from '../pipeline.ts';
import { identityOfHeaders } from '../transport/headers.ts';
import { SubgraphUnavailableError } from '../transport/port.ts';
import { createSingleFlight } from '../transport/singleFlight.ts';
import { type Answer, answerOf } from './answer.ts';
import { ClientGone } from './refusal.ts';

/** Runs an admitted operation. @throws {ClientGone} */
export type Run = (admitted: Admitted) => Promise<Answer>;

/** Runs each operation for its caller alone. */
export function runAlone(pipeline: Pipeline): Run {
  return async (admitted) => answerOf(await pipeline.execute(admitted), admitted.caller.requestId);
}

/**
 * Runs identical queries of one identity once while they are under way together: all get the same bytes. A request id in
 * an error is that of the request that was run, as the logs have it.
 *
 * @param onShared told of each that was answered with what another one got
 */
export function runTogether(pipeline: Pipeline, onShared: () => void): Run {
  const flights = createSingleFlight<Answer>('the router');
  const alone = runAlone(pipeline);

  return async (admitted) => {
    const key = shareKeyOf(admitted);
    if (key === null) {
      const answer = await alone(admitted);
      // What is asked for from now on must not get the answer of a query that began before the mutation.
      if (admitted.operation.kind === OperationTypeNode.MUTATION) flights.seal();
      return answer;
    }
    const { signal, dueAtMs } = admitted.caller;
    try {
      const { value, isFirst } = await flights.run(
        key,
        (lastLeft) => alone({ ...admitted, caller: { ...admitted.caller, signal: lastLeft } }),
        { signal, dueAtMs },
      );
      if (!isFirst) onShared();
      return value;
    } catch (error) {
      if (!(error instanceof SubgraphUnavailableError)) throw error;
      if (signal?.aborted) throw new ClientGone();
      throw new ApiError('UNAVAILABLE', 'There was no answer in time; retry later.');
    }
  };
}

/**
 * What two requests must have in common to share one answer; null for what is never shared. What is counted against a
 * budget is shared within the budget only, because the answer tells what is left of it.
 */
export function shareKeyOf({ graph, operation, variables, mask, caller, cost }: Admitted): string | null {
  if (operation.kind !== OperationTypeNode.QUERY || operation.isIntrospection) return null;
  const { shareKey, budgetKey } = caller.identity;
  return JSON.stringify([
    graph.supergraph.id,
    operation.hash,
    operation.name ?? null,
    variables,
    shareKey,
    mask?.key ?? null,
    cost === null ? null : budgetKey,
    [...graph.overrides(budgetKey)].sort(),
    identityOfHeaders(caller.headers),
  ]);
}
