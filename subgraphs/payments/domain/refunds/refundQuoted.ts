import { applyJournal } from '../../../../ledger/apply.ts';
import type { NewTransfer } from '../../../../ledger/transfer.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import { BOOK } from '../../../../rails/book/book.ts';
import { advance, type Batch, open } from '../batch.ts';
import { numberedId, touchedBy } from '../holds.ts';
import type { Quote } from '../quote.ts';
import { invalid, refused, succeeded } from '../results.ts';
import { type RefundStart, refundDraft } from './refundStart.ts';

/**
 * How much of a quoted Transaction can go back in all, in minor units of its source: what of it the recipient got, by the
 * rate that it was made at. Fees are not refunded; they were for the work.
 */
export function refundableOfQuote({
  sourceNetMinor,
  destinationNetMinor,
  destinationGrossMinor,
}: Quote): bigint {
  return (sourceNetMinor * destinationNetMinor) / destinationGrossMinor;
}

/**
 * What the recipient gives back, in minor units of the destination, once `refundedMinor` of the source have gone back in
 * all. Rounded up, and exactly all of it at the end, so that many small refunds cost what one large one does.
 */
function givenBack(quote: Quote, refundedMinor: bigint): bigint {
  const whole = refundableOfQuote(quote);
  return (refundedMinor * quote.destinationNetMinor + whole - 1n) / whole;
}

/** Sends money back the way it came, through CONVERSION where it was converted, at the rate of its Quote. */
export function refundQuoted(batch: Batch, start: RefundStart, quote: Quote): StoredResult {
  const { original, amountMinor, refundId, journalId, description } = start;
  const { organizationId, sourceAccountId, destinationAccountId, refundedAmountMinor: before } = original;
  const paidMinor = givenBack(quote, before + amountMinor) - givenBack(quote, before);
  if (paidMinor === 0n) {
    const expected = `an amount that is worth at least the smallest unit of ${original.destinationAsset}`;
    return invalid('amount', null, expected);
  }
  const transfers: NewTransfer[] = [];
  const add = (debitAccountId: Uuid, creditAccountId: Uuid, amount: bigint): void => {
    const id = numberedId(journalId, transfers.length);
    const text = description === null ? {} : { description };
    transfers.push({ id, kind: 'SINGLE', debitAccountId, creditAccountId, amount, ...text });
  };
  const { sourceConversionId, destinationConversionId } = quote;
  if (sourceConversionId === null || destinationConversionId === null) {
    add(destinationAccountId, sourceAccountId, amountMinor);
  } else {
    add(destinationAccountId, destinationConversionId, paidMinor);
    add(sourceConversionId, sourceAccountId, amountMinor);
  }
  const posted = applyJournal(batch.ledger, {
    id: journalId,
    organizationId,
    transactionId: refundId,
    transfers,
  });
  if (posted.status === 'REJECTED') return refused(posted.rejection, original.destinationAsset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const way = { rail: original.sourceRail, accountId: sourceAccountId, finality: BOOK.finality };
  const refund = open(batch, {
    ...refundDraft(start, way),
    sourceAmountMinor: paidMinor,
    destinationIsWallet: original.sourceIsWallet,
    destinationCustomerId: original.sourceCustomerId,
  });
  const details = { leg: 'DESTINATION', amountMinor } as const;
  const converted = sourceConversionId === null ? refund : advance(batch, refund, 'CONVERTED', {}, details);
  const done = { capturedAmountMinor: paidMinor, completedAt: batch.now };
  advance(batch, converted, 'COMPLETED', done, { ...details, touched: touchedBy(batch, refund, posted) });
  const related = { amountMinor, relatedTransactionId: refundId };
  advance(batch, original, 'REFUNDED', { refundedAmountMinor: before + amountMinor }, related);
  return succeeded(refundId);
}
