import { type Hex, keccak256 } from 'viem';
import { bestOutcome, outcomeOf } from './broadcastOutcome.ts';
import type { BroadcastOutcome } from './chainReader.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointFault, type RpcAnswer, resultOf } from './endpointFault.ts';
import { nonsense, readHash } from './readAnswer.ts';

/**
 * Hands the bytes to every endpoint, also to those that are behind or were out: each reaches other peers. Returns as soon
 * as one has taken them, and leaves the others in `inBackground`; else when all have answered or their time is over.
 * Never throws; safe to repeat.
 */
export async function broadcastTo(
  endpoints: readonly Endpoint[],
  raw: Hex,
  inBackground: Set<Promise<unknown>>,
): Promise<BroadcastOutcome> {
  const hash = keccak256(raw);
  const outcomes = endpoints.map((endpoint) => {
    const outcome = handTo(endpoint, raw, hash);
    const running = outcome.finally(() => inBackground.delete(running));
    inBackground.add(running);
    return outcome;
  });
  const accepted = outcomes.map(async (outcome) => {
    if ((await outcome) !== 'ACCEPTED') throw new EndpointFault('REFUSED');
    return 'ACCEPTED' as const;
  });
  return await Promise.any(accepted).catch(async () => bestOutcome(await Promise.all(outcomes)));
}

async function handTo(endpoint: Endpoint, raw: Hex, hash: Hex): Promise<BroadcastOutcome> {
  const calls = [{ method: 'eth_sendRawTransaction', params: [raw] }];
  try {
    return await endpoint.ask(calls, ([answer]) => readOutcome(answer, hash));
  } catch (error) {
    if (error instanceof EndpointFault) return 'UNKNOWN';
    throw error;
  }
}

function readOutcome(answer: RpcAnswer | undefined, hash: Hex): BroadcastOutcome {
  if (answer !== undefined && 'error' in answer) {
    const outcome = outcomeOf(answer.error);
    // What is none of our wordings may be a fault of the endpoint, such as a limit of calls.
    if (outcome === 'UNKNOWN') resultOf(answer);
    return outcome;
  }
  if (readHash(resultOf(answer), 'hash') !== hash) throw nonsense('the hash of another transaction');
  return 'ACCEPTED';
}
