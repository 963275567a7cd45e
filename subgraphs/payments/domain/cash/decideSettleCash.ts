import type { StoredResult } from '../../../../platform/commandLane.ts';
import { isOver } from '../../../../rails/cash/orderStates.ts';
import type { CashOrderRow } from '../../../../rails/cash/orders.ts';
import type { Batch } from '../batch.ts';
import { blocked, SETTLED } from '../results.ts';
import { type CashIn, isWaiting } from './cashIn.ts';
import {
  amendCashIn,
  codeExpiry,
  findOwnCashIn,
  putCashIn,
  putSettledCashOrder,
  queueCode,
} from './cashInBatch.ts';
import type { SettleCashOrderCommand } from './command.ts';
import { settlePickup } from './decideSettlePickup.ts';

/** Takes the books as far as a code or pickup is; does nothing where they are there. */
export function decideSettleCashOrder(batch: Batch, command: SettleCashOrderCommand): StoredResult {
  const row = batch.cash.orders.get(command.transactionId);
  if (!row || row.organizationId !== command.organizationId) return blocked('there is no such cash order');
  if (row.settledVersion === row.version) return SETTLED;
  if (row.kind === 'PICKUP') return settlePickup(batch, command, row);
  const cashIn = row.cashInId === null ? null : findOwnCashIn(batch, command.organizationId, row.cashInId);
  if (!cashIn) return blocked('there is no such cash-in');
  // A code of before has nothing to say any more, and the payment itself is told of by its receipt.
  if (row.id === cashIn.orderId && row.state !== 'SETTLED') follow(batch, command, row, cashIn);
  putSettledCashOrder(batch, row);
  return SETTLED;
}

function follow(batch: Batch, command: SettleCashOrderCommand, row: CashOrderRow, cashIn: CashIn): void {
  if (row.state === 'READY') {
    if (cashIn.status === 'PENDING' && !cashIn.isRefreshing) putCashIn(batch, 'Opened', cashIn, OPEN);
    // It came when nobody wanted it any more.
    if (!isWaiting(cashIn)) batch.cash.cancelAsks.add(row.id);
    return;
  }
  if (!isOver(row.state)) return;
  if (cashIn.isRefreshing) {
    const change = { isRefreshing: false, orderId: command.orderId, expiresAt: codeExpiry(batch) };
    queueCode(batch, amendCashIn(batch, cashIn, change), row.adapter);
    return;
  }
  if (!isWaiting(cashIn)) return;
  if (cashIn.isCancelAsked) putCashIn(batch, 'Canceled', cashIn, { status: 'CANCELED' });
  else if (row.state === 'REJECTED') {
    putCashIn(batch, 'Failed', cashIn, { status: 'FAILED', failureCode: row.reasonCode ?? 'REFUSED' });
  } else putCashIn(batch, 'Expired', cashIn, { status: 'EXPIRED' });
}

const OPEN = { status: 'OPEN' } as const;
