import type { ChainClient } from '../rpc/chainReader.ts';
import { gasLimitOf } from '../usualGas.ts';
import type { EstimatedGroup, Group, QueuedSend } from './planView.ts';

/** Questions to the chain in one round. */
const ESTIMATES_MAX = 200;
const PARALLEL_MAX = 8;

export interface Estimated {
  readonly groups: readonly EstimatedGroup[];
  /** There were too many questions: these come in the next round. */
  readonly postponed: readonly QueuedSend[];
}

/**
 * Asks the chain what each group needs. One that would revert as a whole, or needs more gas than a transaction should,
 * is halved until what reverts is a single send, so that one payee who refuses holds up nobody else.
 *
 * @param regroup makes the Group of some of a group's sends
 * @param gasMax of one transaction
 * @throws {ChainUnreachableError}; safe to retry
 */
export async function estimateGroups(
  client: ChainClient,
  groups: readonly Group[],
  regroup: (group: Group, sends: readonly QueuedSend[]) => Group,
  gasMax: bigint,
): Promise<Estimated> {
  let asked = 0;
  const postponed: QueuedSend[] = [];

  async function estimate(group: Group): Promise<readonly EstimatedGroup[]> {
    if (++asked > ESTIMATES_MAX) {
      postponed.push(...group.sends);
      return [];
    }
    const gas = await client.estimateGas({ from: group.lane, ...group.call });
    const isGood = gas !== null && gasLimitOf(gas) <= gasMax;
    if (isGood || group.sends.length < 2) return [{ ...group, gas }];
    const middle = group.sends.length >> 1;
    const front = await estimate(regroup(group, group.sends.slice(0, middle)));
    return [...front, ...(await estimate(regroup(group, group.sends.slice(middle))))];
  }

  const estimated: EstimatedGroup[] = [];
  for (let from = 0; from < groups.length; from += PARALLEL_MAX) {
    const parts = await Promise.all(groups.slice(from, from + PARALLEL_MAX).map(estimate));
    estimated.push(...parts.flat());
  }
  return { groups: estimated, postponed };
}
