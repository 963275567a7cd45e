import type { FormattedExecutionResult } from 'graphql';
import type { Answer, Exchange, Parcel } from './exchange.ts';
import { identityOfHeaders } from './headers.ts';
import type { SingleFlight } from './singleFlight.ts';

/**
 * Queries that are the same to the last byte and asked by callers who see the same go to the subgraph once.
 *
 * The first caller gets what was parsed, each other one parses a copy of its own from the shared text: an engine merges
 * an answer into its tree by reference and goes on writing there, so no two may have the same object.
 *
 * A shared answer is as old as the flight that is joined. Mutations seal the flights of this process; what other routers
 * change is seen later by as much as a flight lasts. That is why sharing is off unless it is asked for.
 *
 * @param target where the request goes: the URL
 */
export function withSharing(exchange: Exchange, target: string, flights: SingleFlight<Answer>): Exchange {
  return async (parcel) => {
    const { kind, event, caller } = parcel.request;
    if (kind !== 'query' || event !== undefined) return await exchange(parcel);
    const shared = (signal: AbortSignal): Promise<Answer> =>
      exchange({ ...parcel, signal, dueAtMs: parcel.dropAtMs });
    const { value, isFirst } = await flights.run(keyOf(target, parcel), shared, {
      dueAtMs: parcel.dueAtMs,
      signal: caller.signal,
    });
    if (isFirst) return value;
    return { text: value.text, result: JSON.parse(value.text) as FormattedExecutionResult };
  };
}

/** All that can change the answer. Lengths, so that no identity can be made up whose end looks like headers. */
function keyOf(target: string, { request, body }: Parcel): string {
  const { shareKey } = request.caller.identity;
  const headers = identityOfHeaders(request.caller.headers);
  return `${target} ${shareKey.length} ${shareKey} ${headers.length} ${headers} ${body}`;
}
