import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Screening, ScreeningAnswer } from '../screening/screening.ts';
import { groupBy } from './groupBy.ts';
import type { QueuedSend } from './planView.ts';

/** Addresses that one round asks about, and at once. */
const SCREENED_MAX = 1_000;
const PARALLEL_MAX = 16;
const TIMEOUT_MS = 5_000;

/**
 * Asks once for each address among the payments that were not screened yet. Where nobody can say, the answer is left
 * out and the send waits; never throws.
 */
export async function screenSends(
  screening: Screening,
  network: string,
  sends: readonly QueuedSend[],
  logger: Logger,
): Promise<ReadonlyMap<Uuid, ScreeningAnswer>> {
  const unscreened = sends.filter((send) => send.purpose === 'PAYMENT' && !send.isScreened);
  const byAddress = [...groupBy(unscreened, ({ to }) => to)].slice(0, SCREENED_MAX);
  const answers = new Map<Uuid, ScreeningAnswer>();
  for (let from = 0; from < byAddress.length; from += PARALLEL_MAX) {
    const asked = byAddress.slice(from, from + PARALLEL_MAX).map(async ([address, group]) => {
      const answer = await ask(screening, address, network, logger);
      if (answer !== null) for (const { id } of group) answers.set(id, answer);
    });
    await Promise.all(asked);
  }
  return answers;
}

async function ask(
  screening: Screening,
  address: Address,
  network: string,
  logger: Logger,
): Promise<ScreeningAnswer | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([screening.screen(address, network), late]);
  } catch (error) {
    logger.warn({ fault: (error as Error).message }, 'an address cannot be screened; its sends wait');
    return null;
  } finally {
    clearTimeout(timer);
  }
}
