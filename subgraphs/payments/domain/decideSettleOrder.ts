import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { BANK } from '../../../rails/bank/bank.ts';
import type { OrderRow } from '../../../rails/bank/orders.ts';
import { reversibleUntil } from '../../../rails/bank/railFacts.ts';
import { describeReturn } from '../../../rails/bank/reasons.ts';
import { putSettledOrder } from './bank.ts';
import { advance, type Batch } from './batch.ts';
import type { SettleOrderCommand } from './command.ts';
import { findOwn } from './find.ts';
import { creditReturn } from './refunds/returnTarget.ts';
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
  settle(batch, command, row, paid);
  putSettledOrder(batch, row);
  return SETTLED;
}

function settle(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): void {
  switch (row.state) {
    case 'ACCEPTED':
      acknowledge(batch, row, paid);
      return;
    case 'SETTLED':
      complete(batch, command, row, acknowledge(batch, row, paid));
      return;
    case 'RETURNED': {
      const isTold = paid.status === 'COMPLETED';
      giveBack(
        batch,
        command,
        row,
        isTold ? paid : complete(batch, command, row, acknowledge(batch, row, paid)),
      );
      return;
    }
    case 'REJECTED':
    case 'CANCELED':
      endUnpaid(batch, command, row, paid);
      return;
  }
}

/** The bank has it; told once, and before whatever it did next. */
function acknowledge(batch: Batch, row: OrderRow, paid: Transaction): Transaction {
  if (row.settledState === 'ACCEPTED') return paid;
  return advance(batch, paid, 'ACKNOWLEDGED', {}, { leg: 'DESTINATION', expectedBy: row.expectedBy });
}

function complete(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): Transaction {
  const posted = applyJournal(batch.ledger, BANK.capture(resolutionOf(command, paid)));
  invariant(posted.status === 'POSTED', `the payment of an order was ${posted.status}`);
  const until = reversibleUntil(row.rail, present(row.settledAt, 'the instant of settlement'));
  const { sourceAmountMinor: amountMinor } = paid;
  const done = {
    holdId: null,
    capturedAmountMinor: amountMinor,
    completedAt: batch.now,
    reversibleUntil: until,
    finality: until === null ? ('FINAL' as const) : ('PROVISIONAL' as const),
  };
  return advance(batch, paid, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched: sidesOf(paid) });
}

/**
 * The rail sent the money back: all of it goes where its return policy says, and into suspense where that is closed.
 * Fees stay: they were for the attempt.
 */
function giveBack(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): void {
  const { organizationId, transactionId, returnJournalId: journalId } = command;
  const { sourceAmountMinor: amountMinor, destinationAccountId } = paid;
  const back = (to: Transaction['id']) =>
    applyJournal(
      batch.ledger,
      BANK.move({
        ...{ journalId, organizationId, transactionId, amountMinor },
        sourceAccountId: destinationAccountId,
        destinationAccountId: to,
        description: 'Returned by the bank',
      }),
    );
  const { creditedId, note } = creditReturn(batch, paid, back);
  const { code, message } = describeReturn(row.reasonCode);
  advance(
    batch,
    paid,
    'RETURNED',
    { failureCode: code, reversibleUntil: null, finality: 'FINAL' },
    {
      ...{ leg: 'SOURCE', amountMinor, touched: [destinationAccountId, creditedId] },
      ...{ reasonCode: code, reasonMessage: `${message}${note}`, reasonRetryable: false },
    },
  );
}

function endUnpaid(batch: Batch, command: SettleOrderCommand, row: OrderRow, paid: Transaction): void {
  const posted = applyJournal(batch.ledger, BANK.release(resolutionOf(command, paid)));
  invariant(posted.status === 'POSTED', `the release of an order was ${posted.status}`);
  const isCanceled = row.state === 'CANCELED';
  const { code, message } = isCanceled ? CANCELED : describeReturn(row.reasonCode);
  const change = { holdId: null, failureCode: isCanceled ? null : code };
  advance(batch, paid, isCanceled ? 'CANCELED' : 'FAILED', change, {
    ...{ leg: 'SOURCE', amountMinor: paid.sourceAmountMinor, touched: sidesOf(paid) },
    ...{ reasonCode: code, reasonMessage: message, reasonRetryable: false },
  });
}

const CANCELED = { code: 'CANCELED_BY_REQUEST', message: 'the bank called it off before it was paid' };

function resolutionOf({ journalId, organizationId, transactionId }: SettleOrderCommand, paid: Transaction) {
  return { journalId, organizationId, transactionId, holdId: present(paid.holdId, 'the hold of a payout') };
}

function sidesOf({ sourceAccountId, destinationAccountId }: Transaction) {
  return [sourceAccountId, destinationAccountId];
}
