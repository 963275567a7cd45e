import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { invariant } from '../../../platform/invariant.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { advance, type Batch, open } from './batch.ts';
import type { RefundCommand } from './command.ts';
import { findOwn, missingTransaction, readAmount } from './find.ts';
import { exceeding, illegal, refused, succeeded, takenExternalId } from './results.ts';
import { isAtBank, isCash, isOnchain, refundableOf, type Transaction } from './transaction.ts';
import { canMove } from './transitions.ts';

/**
 * Sends captured money back as a Transaction of its own. The original is locked and counts what went back, so
 * that refunds never exceed what was captured, however many are asked for at once.
 */
export function decideRefund(batch: Batch, command: RefundCommand): StoredResult {
  const original = findOwn(batch, command.organizationId, command.transactionId);
  if (!original) return missingTransaction(command.transactionId);
  if (isOnchain(original)) {
    return illegal(original, 'what went over a chain goes back as a new transaction, not along the rail');
  }
  if (original.quoteId !== null) return illegal(original, 'what was quoted goes back by a quote of its own');
  if (isAtBank(original)) {
    return illegal(original, 'what went over a bank goes back as a new transaction, not along the rail');
  }
  if (isCash(original)) {
    return illegal(original, 'what was cash goes back as a new transaction, not along the rail');
  }
  if (original.type === 'REFUND') return illegal(original, 'a refund cannot be refunded');
  if (!canMove(original.status, 'REFUNDED'))
    return illegal(original, 'only what is completed can be refunded');
  const taken = takenExternalId(batch, command.organizationId, command.externalId);
  if (taken) return taken;
  const refundable = refundableOf(original);
  const amountMinor =
    command.amount === null ? refundable : readAmount(batch, original.sourceAsset, command.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  if (amountMinor === 0n) return illegal(original, 'all that was captured has been refunded');
  if (amountMinor > refundable) return exceeding(original, amountMinor);

  const journal = BOOK.refund({
    journalId: command.journalId,
    organizationId: command.organizationId,
    transactionId: command.refundId,
    sourceAccountId: original.sourceAccountId,
    destinationAccountId: original.destinationAccountId,
    amountMinor,
    description: command.description,
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, original.destinationAsset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const refund = open(batch, draftOf(command, original, amountMinor));
  const done = { capturedAmountMinor: amountMinor, completedAt: batch.now };
  const touched = [refund.sourceAccountId, refund.destinationAccountId];
  advance(batch, refund, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched });
  // The refund's own step told the balances; told twice, they would count twice.
  const refundedAmountMinor = original.refundedAmountMinor + amountMinor;
  const related = { amountMinor, relatedTransactionId: refund.id };
  advance(batch, original, 'REFUNDED', { refundedAmountMinor }, related);
  return succeeded(refund.id);
}

function draftOf(
  command: RefundCommand,
  original: Transaction,
  amountMinor: bigint,
): Parameters<typeof open>[1] {
  return {
    id: command.refundId,
    organizationId: original.organizationId,
    type: 'REFUND',
    finality: BOOK.finality,
    captureMethod: 'AUTOMATIC',
    sourceRail: original.destinationRail,
    sourceAccountId: original.destinationAccountId,
    sourceIsWallet: original.destinationIsWallet,
    sourceCustomerId: original.destinationCustomerId,
    sourceAsset: original.destinationAsset,
    sourceAmountMinor: amountMinor,
    destinationRail: original.sourceRail,
    destinationAccountId: original.sourceAccountId,
    destinationIsWallet: original.sourceIsWallet,
    destinationCustomerId: original.sourceCustomerId,
    destinationAsset: original.sourceAsset,
    destinationAmountMinor: amountMinor,
    refundOf: original.id,
    description: command.description,
    externalId: command.externalId,
    metadata: command.metadata,
  };
}
