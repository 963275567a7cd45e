import type { StoredResult } from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import { putSettledOrder } from './bank.ts';
import { advance, type Batch } from './batch.ts';
import type { CancelCommand } from './command.ts';
import { NO_HOLDS, releaseHolds } from './holds.ts';
import { illegal, succeeded } from './results.ts';
import { isBankPayout, type Transaction } from './transaction.ts';

/**
 * Calls off a payout: at once where no bank has seen the order, and else it asks the bank, whose answer the timeline
 * tells. The order is locked, so that the worker cannot begin to submit it meanwhile.
 */
export function decideCancelPayout(batch: Batch, paid: Transaction, command: CancelCommand): StoredResult {
  if (!isBankPayout(paid)) return illegal(paid, 'what arrived at a bank cannot be called off');
  if (paid.status !== 'PROCESSING') return illegal(paid, 'the payout is over');
  const row = present(batch.bank.orders.get(paid.id), `order ${paid.id}`);
  if (row.settledVersion !== row.version || row.state === 'SETTLED') {
    return illegal(paid, 'the bank has decided already');
  }
  if (row.state !== 'QUEUED') {
    batch.bank.cancelAsks.add(paid.id);
    return succeeded(paid.id);
  }
  const touched = releaseHolds(batch, paid, command.journalId);
  advance(batch, paid, 'CANCELED', NO_HOLDS, {
    ...{ leg: 'SOURCE', amountMinor: paid.sourceAmountMinor, touched },
    reasonCode: 'CANCELED_BY_REQUEST',
    reasonMessage: command.reason ?? 'it was called off before the bank had it',
    reasonRetryable: false,
  });
  putSettledOrder(batch, { ...row, state: 'CANCELED', version: row.version + 1 });
  return succeeded(paid.id);
}
