import { applyJournal } from '../../../ledger/apply.ts';
import type { Journal, NewTransfer } from '../../../ledger/transfer.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Batch } from './batch.ts';
import { numberedId } from './holds.ts';
import type { Quote } from './quote.ts';
import { creditReturn } from './refunds/returnTarget.ts';
import type { Transaction } from './transaction.ts';

/** What came back, and where it went. */
export interface GivenBack {
  /** Minor units of the source's Asset. */
  readonly amountMinor: bigint;
  readonly creditedId: Uuid;
  /** What there is to say of where it went; ends a sentence. */
  readonly note: string;
  /** Accounts whose balance that changed. */
  readonly touched: readonly Uuid[];
}

/**
 * What of the source's side belongs to money that comes back: at the rate at which it went out, rounded down to a minor
 * unit. Without fees on the destination's side that is all that was converted; fees were for the attempt, and stay.
 * Pure.
 */
export function returnedMinor(
  quote: Pick<Quote, 'rateE18' | 'sourceNetMinor' | 'destinationGrossMinor' | 'destinationNetMinor'>,
): bigint {
  const { rateE18, sourceNetMinor, destinationGrossMinor, destinationNetMinor } = quote;
  if (rateE18 === null) return destinationNetMinor;
  return (sourceNetMinor * destinationNetMinor) / destinationGrossMinor;
}

/**
 * Takes what a rail sent back to where its return policy says, along the CONVERSION that it went by, and into suspense where
 * that is closed.
 *
 * @param quote that it was paid by; null for what was sent in one Asset without fees
 */
export function giveMoneyBack(
  batch: Batch,
  paid: Transaction,
  quote: Quote | null,
  journalId: Uuid,
): GivenBack {
  const amountMinor = quote === null ? paid.sourceAmountMinor : returnedMinor(quote);
  const { creditedId, note } = creditReturn(batch, paid, (accountId) =>
    applyJournal(batch.ledger, journalOf(paid, quote, { journalId, amountMinor, creditedId: accountId })),
  );
  return { amountMinor, creditedId, note, touched: [paid.destinationAccountId, creditedId] };
}

function journalOf(
  { organizationId, id: transactionId, destinationAccountId }: Transaction,
  quote: Quote | null,
  to: { readonly journalId: Uuid; readonly amountMinor: bigint; readonly creditedId: Uuid },
): Journal {
  const transfers: NewTransfer[] = [];
  const add = (debitAccountId: Uuid, creditAccountId: Uuid, amount: bigint): void => {
    if (amount === 0n) return;
    const sides = { debitAccountId, creditAccountId, amount, description: 'Returned by the bank' };
    transfers.push({ id: numberedId(to.journalId, transfers.length), kind: 'SINGLE', ...sides });
  };
  const { sourceConversionId = null, destinationConversionId = null } = quote ?? {};
  if (quote === null || sourceConversionId === null || destinationConversionId === null) {
    add(destinationAccountId, to.creditedId, to.amountMinor);
  } else {
    add(destinationAccountId, destinationConversionId, quote.destinationNetMinor);
    add(sourceConversionId, to.creditedId, to.amountMinor);
  }
  return { id: to.journalId, organizationId, transactionId, transfers };
}
