import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { CashOrderRow } from '../../../../rails/cash/orders.ts';
import { advance, type Batch } from '../batch.ts';
import { findOwn } from '../find.ts';
import { captureHolds, NO_HOLDS, releaseHolds } from '../holds.ts';
import { blocked, SETTLED } from '../results.ts';
import type { Transaction } from '../transaction.ts';
import { putSettledCashOrder } from './cashInBatch.ts';
import type { SettleCashOrderCommand } from './command.ts';

/** Takes the timeline and the books of a pickup as far as its order is, over as many steps as that takes. */
export function settlePickup(batch: Batch, command: SettleCashOrderCommand, row: CashOrderRow): StoredResult {
  const paid = findOwn(batch, command.organizationId, row.id);
  if (!paid) return blocked('there is no such transaction');
  const isOpen = paid.status === 'PROCESSING' || paid.status === 'AWAITING_ACTION';
  if (!isOpen) return blocked(`the transaction is ${paid.status} and the pickup ${row.state}`);
  tell(batch, command, row, paid);
  putSettledCashOrder(batch, row);
  return SETTLED;
}

function tell(batch: Batch, command: SettleCashOrderCommand, row: CashOrderRow, paid: Transaction): void {
  switch (row.state) {
    case 'READY':
      makeReady(batch, row, paid);
      return;
    case 'SETTLED': {
      const picked = advance(batch, makeReady(batch, row, paid), 'PICKED_UP', {}, { leg: 'DESTINATION' });
      const touched = captureHolds(batch, paid, command.journalId);
      const { sourceAmountMinor: capturedAmountMinor, destinationAmountMinor: amountMinor } = paid;
      const done = { ...NO_HOLDS, capturedAmountMinor, completedAt: batch.now };
      advance(batch, picked, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched });
      return;
    }
    case 'EXPIRED':
    case 'CANCELED':
    case 'REJECTED':
      endUnpaid(batch, command, row, paid);
      return;
  }
}

/** The cash can be had; told once, and before it was. */
function makeReady(batch: Batch, row: CashOrderRow, paid: Transaction): Transaction {
  if (paid.status === 'AWAITING_ACTION') return paid;
  const { destinationAmountMinor: amountMinor } = paid;
  const next = { nextAction: 'PICK_UP', expectedBy: row.expiresAt } as const;
  return advance(batch, paid, 'PICKUP_READY', {}, { leg: 'DESTINATION', amountMinor, ...next });
}

function endUnpaid(
  batch: Batch,
  command: SettleCashOrderCommand,
  row: CashOrderRow,
  paid: Transaction,
): void {
  const touched = releaseHolds(batch, paid, command.journalId);
  const { kind, code, message } = endOf(row);
  const change = { ...NO_HOLDS, failureCode: kind === 'CANCELED' ? null : code };
  advance(batch, paid, kind, change, {
    ...{ leg: 'SOURCE', amountMinor: paid.sourceAmountMinor, touched },
    ...{ reasonCode: code, reasonMessage: message, reasonRetryable: kind !== 'CANCELED' },
  });
}

/** What a network took back without having been asked had run out. */
function endOf({ state, isCancelAsked, reasonCode, expiresAt }: CashOrderRow) {
  if (state === 'REJECTED') {
    const message = 'the network of counters did not take it: see the code';
    return { kind: 'FAILED', code: reasonCode ?? 'REFUSED', message } as const;
  }
  if (state === 'CANCELED' && isCancelAsked) {
    const message = 'it was called off before anybody picked it up';
    return { kind: 'CANCELED', code: 'CANCELED_BY_REQUEST', message } as const;
  }
  const message = `nobody picked it up until ${expiresAt.toISOString()}`;
  return { kind: 'PICKUP_EXPIRED', code: 'PICKUP_EXPIRED', message } as const;
}
