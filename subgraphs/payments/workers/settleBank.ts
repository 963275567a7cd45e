import type { Rounds } from '../../../platform/rounds.ts';
import {
  BANK_SETTLE_CHANNEL,
  BANK_UNSETTLED,
  type BankUnsettled,
  UNCONVERTED_RECEIPTS,
  type UnconvertedReceipt,
} from '../../../rails/bank/unsettled.ts';
import { convertReceipt, settleBank } from '../commands/settleBank.ts';
import type { RateProvider } from '../domain/rateProvider.ts';
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

/** What waits for a rate is a source of its own: a provider of rates that hangs holds up nothing else. */
function conversionsAt(rates: RateProvider): Source<UnconvertedReceipt> {
  return {
    name: 'conversions',
    channel: BANK_SETTLE_CHANNEL,
    unsettled: [UNCONVERTED_RECEIPTS],
    commandOf: (one) => convertReceipt(one, rates),
  };
}

/** Credits what arrives at banks and is converted, and tries again where there was no rate. */
export function startConversions(
  deps: Settlement & { readonly url: string; readonly rates: RateProvider },
): Rounds {
  return startSettlement(conversionsAt(deps.rates), deps);
}
