import type { Rounds } from '../../../platform/rounds.ts';
import { SETTLE_CHANNEL, UNSETTLED, type Unsettled } from '../../../rails/onchain/unsettled.ts';
import { settleChain } from '../commands/settleChain.ts';
import { type Backoffs, type Settlement, type Source, settleRound, startSettlement } from './settlement.ts';

const CHAINS: Source<Unsettled> = {
  name: 'chain',
  channel: SETTLE_CHANNEL,
  unsettled: UNSETTLED,
  commandOf: settleChain,
};

/** Takes the books as far as the chains are. @param deps.database role omsx_payments_writer */
export function startChainSettlement(deps: Settlement & { readonly url: string }): Rounds {
  return startSettlement(CHAINS, deps);
}

/** One round. Safe to retry. */
export function settleChainRound(deps: Settlement, backoffs: Backoffs): Promise<boolean> {
  return settleRound(CHAINS, deps, backoffs);
}
