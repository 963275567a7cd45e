import type { StoredResult } from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import { meaningOf, reversibleUntil } from '../../../rails/bank/catalog/terms.ts';
import type { OrderRow } from '../../../rails/bank/orders.ts';
import { describeReturn } from '../../../rails/bank/reasons.ts';
import { putSettledOrder } from './bank.ts';
import { advance, type Batch } from './batch.ts';
import type { SettleOrderCommand } from './command.ts';
import { findOwn } from './find.ts';
import { giveMoneyBack } from './giveBack.ts';
import { captureHolds, NO_HOLDS, releaseHolds } from './holds.ts';
import { blocked, SETTLED } from './results.ts';
import type { Transaction } from './transaction.ts';

/** Takes the timeline and the books of a payout as far as its order is, over as many steps as that takes. */
export function decideSettleOrder(batch: Batch, command: SettleOrderCommand): StoredResult {
  const { organizationId, transactionId } = command;
  const row = batch.bank.orders.get(transactionId);
  const paid = findOwn(batch, organizationId, transactionId);
  if (!row || !paid || row.organizationId !== organizationId) return blocked('there is no such order');
  if (row.settledVersion === row.version) return SETTLED;
  const isOpen = paid.status === 'PROCESSING';
  const isReturned = row.state === 'RETURNED';
  const isReturnable = paid.status === 'COMPLETED' && paid.finality === 'PROVISIONAL';
  if (!isOpen && !(isReturned && isReturnable)) {
    return blocked(`the transaction is ${paid.status}, ${paid.finality} and the order ${row.state}`);
  }
  putSettledOrder(batch, { ...row, isFinal: row.isFinal || settle(batch, command, row, paid) });
  return SETTLED;
}

/** Answers whether its rail sends nothing back any more, so that a return that is told later contradicts it. */
function settle(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): boolean {
  switch (row.state) {
    case 'SETTLED':
      return complete(batch, command, row, acknowledge(batch, row, paid)).finality === 'FINAL';
    case 'ACCEPTED':
      acknowledge(batch, row, paid);
      break;
    case 'RETURNED': {
      const isTold = paid.status === 'COMPLETED';
      giveBack(
        batch,
        command,
        row,
        isTold ? paid : complete(batch, command, row, acknowledge(batch, row, paid)),
      );
      break;
    }
    case 'REJECTED':
    case 'CANCELED':
      endUnpaid(batch, command, row, paid);
      break;
  }
  return false;
}

/** The bank has it; told once, and before whatever it did next. */
function acknowledge(batch: Batch, row: OrderRow, paid: Transaction): Transaction {
  if (row.settledState === 'ACCEPTED') return paid;
  return advance(batch, paid, 'ACKNOWLEDGED', {}, { leg: 'DESTINATION', expectedBy: row.expectedBy });
}

function complete(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): Transaction {
  const touched = captureHolds(batch, paid, command.journalId);
  const settledAt = present(row.settledAt, 'the instant of settlement');
  const until = reversibleUntil(batch.catalog, row.rail, settledAt);
  const details = { leg: 'DESTINATION', amountMinor: paid.destinationAmountMinor } as const;
  const isConverted = paid.sourceAsset !== paid.destinationAsset;
  const told = isConverted ? advance(batch, paid, 'CONVERTED', {}, details) : paid;
  const done = {
    ...NO_HOLDS,
    capturedAmountMinor: paid.sourceAmountMinor,
    completedAt: batch.now,
    reversibleUntil: until,
    // What came back before the books had it was not final, whatever the rules of its rail say.
    finality: until === null && row.state !== 'RETURNED' ? ('FINAL' as const) : ('PROVISIONAL' as const),
  };
  return advance(batch, told, 'COMPLETED', done, { ...details, touched });
}

/**
 * The rail sent the money back: all that arrived there goes the way back that it came, to where its return policy says, and
 * into suspense where that is closed. Fees stay: they were for the attempt.
 */
function giveBack(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): void {
  const quote =
    paid.quoteId === null ? null : present(batch.bank.returnedQuotes.get(paid.id), 'the quote of a return');
  const back = giveMoneyBack(batch, paid, quote, command.returnJournalId);
  const { code, message } = reasonOf(batch, row);
  advance(
    batch,
    paid,
    'RETURNED',
    { failureCode: code, reversibleUntil: null, finality: 'FINAL' },
    {
      ...{ leg: 'SOURCE', amountMinor: back.amountMinor, touched: back.touched },
      ...{ reasonCode: code, reasonMessage: `${message}${back.note}`, reasonRetryable: false },
    },
  );
}

function reasonOf(batch: Batch, { rail, reasonCode }: OrderRow) {
  return describeReturn(reasonCode, (code) => meaningOf(batch.catalog, rail, code));
}

function endUnpaid(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): void {
  const touched = releaseHolds(batch, paid, command.journalId);
  const isCanceled = row.state === 'CANCELED';
  const { code, message } = isCanceled ? CANCELED : reasonOf(batch, row);
  const change = { ...NO_HOLDS, failureCode: isCanceled ? null : code };
  advance(batch, paid, isCanceled ? 'CANCELED' : 'FAILED', change, {
    ...{ leg: 'SOURCE', amountMinor: paid.sourceAmountMinor, touched },
    ...{ reasonCode: code, reasonMessage: message, reasonRetryable: false },
  });
}

const CANCELED = { code: 'CANCELED_BY_REQUEST', message: 'the bank called it off before it was paid' };
