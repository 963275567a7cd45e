import type { Rounds } from '../../../platform/rounds.ts';
import { CASH_SETTLE_CHANNEL, CASH_UNSETTLED, type CashUnsettled } from '../../../rails/cash/unsettled.ts';
import { expireCashIn, settleCash } from '../commands/cash/settleCash.ts';
import { nextCashIns, type OpenCashIn } from '../store/cash/nextCashIns.ts';
import type { Expiring } from './expire.ts';
import { type Backoffs, type Settlement, type Source, settleRound, startSettlement } from './settlement.ts';

const COUNTERS: Source<CashUnsettled> = {
  name: 'cash',
  channel: CASH_SETTLE_CHANNEL,
  unsettled: CASH_UNSETTLED,
  commandOf: settleCash,
};

/** Takes the books as far as the networks of counters are. @param deps.database role omsx_payments_writer */
export function startCashSettlement(deps: Settlement & { readonly url: string }): Rounds {
  return startSettlement(COUNTERS, deps);
}

/** One round. Safe to retry. */
export function settleCashRound(deps: Settlement, backoffs: Backoffs): Promise<boolean> {
  return settleRound(COUNTERS, deps, backoffs);
}

/** What was not paid in time is over: the second process to say so meets a status in which there is nothing to do. */
export const CASH_INS: Expiring<OpenCashIn> = {
  name: 'cash-ins',
  next: nextCashIns,
  commandOf: expireCashIn,
};
