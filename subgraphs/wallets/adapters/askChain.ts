import { ApiError } from '../../../platform/errors.ts';
import { ChainUnreachableError } from '../../../rails/onchain/rpc/chainReader.ts';

/** A request waits no longer for a chain: endpoints may take much longer to be given up on. */
export const CHAIN_TIMEOUT_MS = 2_000;

/**
 * What the chain answers in time. Safe to retry, as nothing that asks it here changes anything.
 *
 * @throws {ApiError} UNAVAILABLE when no endpoint answers, or not in time
 */
export async function askChain<T>(
  network: string,
  ask: () => Promise<T>,
  timeoutMs = CHAIN_TIMEOUT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(network)), timeoutMs);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    if (error instanceof ChainUnreachableError) throw unavailable(network);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The chain cannot be asked just now, for whatever reason: endpoints and their URLs are not for callers. */
export function unavailable(network: string): ApiError {
  return new ApiError('UNAVAILABLE', `the chain of ${network} does not answer just now`, { network });
}
