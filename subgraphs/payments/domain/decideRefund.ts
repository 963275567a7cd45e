import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { isBankRail } from '../../../rails/bank/catalog/bankRails.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { CASH } from '../../../rails/cash/cash.ts';
import { advance, type Batch, open } from './batch.ts';
import { findOwn, missingTransaction, readAmount } from './find.ts';
import type { RefundCommand, RefundRoute } from './refunds/refundCommand.ts';
import { refundableOfQuote, refundQuoted } from './refunds/refundQuoted.ts';
import { type RefundStart, refundDraft } from './refunds/refundStart.ts';
import { refundToAddress } from './refunds/refundToAddress.ts';
import { refundToBank } from './refunds/refundToBank.ts';
import { refundToPickup } from './refunds/refundToPickup.ts';
import { declarePolicy, policyFault } from './refunds/returnTarget.ts';
import { exceeding, illegal, invalid, refused, succeeded, takenExternalId } from './results.ts';
import { refundableOf, type Transaction } from './transaction.ts';
import { canMove } from './transitions.ts';

/**
 * Sends captured money back as a Transaction of its own, the way it came. The original is locked and counts what went
 * back and what is on its way back, so that refunds never exceed what was captured, however many are asked for at once.
 */
export function decideRefund(batch: Batch, command: RefundCommand): StoredResult {
  const original = findOwn(batch, command.organizationId, command.transactionId);
  if (!original) return missingTransaction(command.transactionId);
  const refusal = refusalOf(original) ?? suspenseRefusal(batch, original);
  if (refusal !== null) return illegal(original, refusal);
  const taken = takenExternalId(batch, command.organizationId, command.externalId);
  if (taken) return taken;
  const misfit = misfitOf(command, original) ?? policyFault(batch, command, original.sourceAsset);
  if (misfit) return misfit;
  const refundable = refundableNow(batch, original);
  const amountMinor =
    command.amount === null ? refundable : readAmount(batch, original.sourceAsset, command.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  if (amountMinor === 0n)
    return illegal(original, 'all that was captured has been refunded, or is about to be');
  if (amountMinor > refundable) return exceeding(original, amountMinor, refundable);
  const result = begin(batch, { ...command, original, amountMinor, retryOf: null, asker: command });
  if (result.type === 'Transaction') declarePolicy(batch, command.refundId, command.returnPolicy);
  return result;
}

/** Begins a refund along the rail that the money came by. @param start.original neither a refund nor a payment to the outside */
export function begin(batch: Batch, start: RefundStart): StoredResult {
  const { sourceRail } = start.original;
  if (isBankRail(sourceRail) || goesToBank(batch, start)) return refundToBank(batch, start);
  if (sourceRail === CASH) return refundToPickup(batch, start);
  if (sourceRail === 'ONCHAIN') return refundToAddress(batch, start);
  const quote = quoteOf(batch, start.original);
  return quote === null ? refundInBooks(batch, start) : refundQuoted(batch, start, quote);
}

/** What came in cash goes to a bank where the client says so, or where the refund whose place it takes went there. */
function goesToBank(batch: Batch, { route: { toBank, toPickup }, retryOf }: RefundStart): boolean {
  if (toBank !== null || toPickup !== null || retryOf === null) return toBank !== null;
  return isBankRail(present(batch.transactions.get(retryOf), 'the refund before').destinationRail);
}

function quoteOf(batch: Batch, { quoteId }: Transaction) {
  return quoteId === null ? null : present(batch.refunds.quotes.get(quoteId), `quote ${quoteId}`);
}

/** What is left of a Transaction to be refunded, in minor units of its source. */
export function refundableNow(batch: Batch, original: Transaction): bigint {
  const quote = quoteOf(batch, original);
  if (quote === null) return refundableOf(original);
  return refundableOfQuote(quote) - original.refundedAmountMinor - original.refundingAmountMinor;
}

/** Why it cannot be refunded at all, to end a sentence; null when it can. */
function refusalOf(original: Transaction): string | null {
  const { sourceRail, destinationRail, type, status } = original;
  if (type === 'REFUND') return 'a refund cannot be refunded';
  if (destinationRail !== 'BOOK') return 'what left for the outside comes back by its rail or not at all';
  if (sourceRail !== 'BOOK' && original.quoteId !== null)
    return 'what was converted as it arrived goes back as a quote the other way';
  return canMove(status, 'REFUNDED') ? null : 'only what is completed can be refunded';
}

/** Nobody is the payer of what was assigned out of suspense, and there it would be nobody's again. */
function suspenseRefusal({ ledger }: Batch, { sourceRail, sourceAccountId }: Transaction): string | null {
  const isSuspense = sourceRail === 'BOOK' && ledger.accounts.get(sourceAccountId)?.kind === 'SUSPENSE';
  return isSuspense ? 'what was assigned out of suspense goes back as a new transaction' : null;
}

/** A destination that does not go with the way that the money came. */
export function misfitOfRoute(
  { destinationAddress, toBank, toPickup }: RefundRoute,
  { sourceRail }: Transaction,
): StoredResult | null {
  if (destinationAddress !== null && sourceRail !== 'ONCHAIN') {
    return invalid('destinationAddress', destinationAddress, 'nothing but for a deposit from a chain');
  }
  if (toBank !== null && sourceRail !== CASH && !isBankRail(sourceRail)) {
    const expected = 'nothing but for money that came from a bank, or in cash';
    return invalid('destinationBankAccount', '(not shown)', expected);
  }
  return toPickup !== null && sourceRail !== CASH
    ? invalid('destinationCashPickup', '(not shown)', 'nothing but for money that came in cash')
    : null;
}

/** A destination or policy that does not go with the way that the money came. */
function misfitOf({ route, returnPolicy }: RefundCommand, original: Transaction): StoredResult | null {
  const misfit = misfitOfRoute(route, original);
  if (misfit) return misfit;
  return returnPolicy !== null && original.sourceRail === 'BOOK'
    ? invalid('returnPolicy', '(given)', 'nothing within our own books, where refunds do not fail')
    : null;
}

function refundInBooks(batch: Batch, start: RefundStart): StoredResult {
  const { original, amountMinor, refundId, journalId, description } = start;
  const journal = BOOK.refund({
    journalId,
    organizationId: original.organizationId,
    transactionId: refundId,
    sourceAccountId: original.sourceAccountId,
    destinationAccountId: original.destinationAccountId,
    amountMinor,
    description,
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, original.destinationAsset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const way = {
    rail: original.sourceRail,
    accountId: original.sourceAccountId,
    finality: BOOK.finality,
  };
  const refund = open(batch, {
    ...refundDraft(start, way),
    destinationIsWallet: original.sourceIsWallet,
    destinationCustomerId: original.sourceCustomerId,
  });
  const done = { capturedAmountMinor: amountMinor, completedAt: batch.now };
  const touched = [refund.sourceAccountId, refund.destinationAccountId];
  advance(batch, refund, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched });
  // The refund's own step told the balances; told twice, they would count twice.
  const refundedAmountMinor = original.refundedAmountMinor + amountMinor;
  const related = { amountMinor, relatedTransactionId: refund.id };
  advance(batch, original, 'REFUNDED', { refundedAmountMinor }, related);
  return succeeded(refund.id);
}
