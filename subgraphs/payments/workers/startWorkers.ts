import type { CommandLane } from '../../../platform/commandLane.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Rounds } from '../../../platform/rounds.ts';
import type { PaymentsLane } from '../commands/lane.ts';
import type { PayoutCommand } from '../domain/payouts/command.ts';
import type { RateProvider } from '../domain/rateProvider.ts';
import { startEndingWaits } from './endWaits.ts';
import { HOLDS, QUOTES, startExpiry } from './expire.ts';
import { startFinalizing } from './finalize.ts';
import { startPayouts } from './payPayouts.ts';
import { startReconciling } from './reconcile.ts';
import { REFUND_RETRIES } from './retryRefunds.ts';
import { startBankSettlement, startConversions } from './settleBank.ts';
import { CASH_INS, startCashSettlement } from './settleCash.ts';
import { startChainSettlement } from './settleChain.ts';

/**
 * Starts all that payments does by itself: settles what chains, banks and counters decided, ends what ran out, pays items of
 * batches, compares books with statements. Any number of processes may.
 *
 * @param work.database role omsx_payments_writer
 * @param work.graceMs how long a line of a statement may be ahead of our books
 */
export function startWorkers(work: {
  readonly url: string;
  readonly database: Database;
  readonly lane: PaymentsLane;
  readonly payoutsLane: CommandLane<PayoutCommand>;
  /** Prices what is converted as it arrives. */
  readonly rates: RateProvider;
  readonly logger: Logger;
  readonly graceMs?: number;
}): readonly Pick<Rounds, 'stop'>[] {
  return [
    startChainSettlement(work),
    startBankSettlement(work),
    startConversions(work),
    startCashSettlement(work),
    startFinalizing(work),
    startExpiry(HOLDS, work),
    startExpiry(QUOTES, work),
    startExpiry(CASH_INS, work),
    startExpiry(REFUND_RETRIES, work),
    startPayouts(work),
    startEndingWaits(work),
    startReconciling(work),
  ];
}
