import type { Rounds } from '../../../platform/rounds.ts';
import { BANK_SETTLE_CHANNEL, BANK_UNSETTLED, type BankUnsettled } from '../../../rails/bank/unsettled.ts';
import { settleBank } from '../commands/settleBank.ts';
import { type Backoffs, type Settlement, type Source, settleRound, startSettlement } from './settlement.ts';

const BANKS: Source<BankUnsettled> = {
  name: 'bank',
  channel: BANK_SETTLE_CHANNEL,
  unsettled: BANK_UNSETTLED,
  commandOf: settleBank,
};

/** Takes the books as far as the banks are. @param deps.database role omsx_payments_writer */
export function startBankSettlement(deps: Settlement & { readonly url: string }): Rounds {
  return startSettlement(BANKS, deps);
}

/** One round. Safe to retry. */
export function settleBankRound(deps: Settlement, backoffs: Backoffs): Promise<boolean> {
  return settleRound(BANKS, deps, backoffs);
}
