import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import { balanceOf } from '../../../ledger/balance.ts';
import type { Journal, NewTransfer } from '../../../ledger/transfer.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { isBankRail } from '../../../rails/bank/catalog/bankRails.ts';
import type { PaymentTerms } from '../../../rails/bank/catalog/terms.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { ONCHAIN } from '../../../rails/onchain/onchain.ts';
import { advance, type Batch, open } from './batch.ts';
import { putLeg } from './chainSteps.ts';
import { openWaiting, submitOrWait, type Waiting, waitingFor } from './gates/holdBack.ts';
import { holdsOf, numberedId, touchedBy } from './holds.ts';
import { exceededLimit, takeRoom } from './limits/limitsInBatch.ts';
import { isRefusal, railTerms, unusable } from './payTo.ts';
import { counterpartyOf, type Quote } from './quote.ts';
import type { AcceptQuoteCommand, ExpireQuoteCommand } from './quoteCommand.ts';
import { findOwnQuote, putQuote } from './quoteFacts.ts';
import { alreadyAccepted, missingQuote, QUOTE_IS_OVER, quoteExpired } from './quoteResults.ts';
import { declarePolicy, policyFault } from './refunds/returnTarget.ts';
import { invalid, refused, restricted, succeeded, takenExternalId } from './results.ts';
import type { Transaction } from './transaction.ts';

/**
 * Turns a Quote into its Transaction, once. The Quote is locked and the database's clock decides whether it still holds,
 * so that neither a second acceptance nor a late worker can stretch it. A refusal leaves it open.
 */
export function decideAcceptQuote(batch: Batch, command: AcceptQuoteCommand): StoredResult {
  const { organizationId } = command;
  const quote = findOwnQuote(batch.quote, organizationId, command.quoteId);
  if (!quote) return missingQuote(command.quoteId);
  if (quote.transactionId !== null) return alreadyAccepted(quote.id, quote.transactionId);
  if (quote.status === 'EXPIRED' || batch.now >= quote.expiresAt) {
    return quoteExpired(quote.id, quote.expiresAt);
  }
  // What leads to a bank has an order, which the account was sealed for.
  const transactionId = quote.payout?.orderId ?? command.transactionId;
  const taken = takenExternalId(batch, organizationId, command.externalId);
  if (taken) return taken;
  const misfit = policyMisfit(batch, quote, command);
  if (misfit) return misfit;

  const source = present(batch.ledger.accounts.get(quote.sourceAccountId), 'the source of a quote');
  const amountMinor = quote.sourceGrossMinor;
  const gate = gateOf(batch, quote, source) ?? exceededLimit(batch.limits, source, amountMinor, batch.now);
  if (gate) return gate;
  const way = wayOf(batch, quote);
  if (way !== null && isRefusal(way)) return way;

  const waiting = waitingFor(batch, command, {
    ...{ sourceAccountId: source.id, asset: source.asset, amountMinor, rail: quote.destinationRail },
    counterparty: counterpartyOf(quote),
  });
  const isInside = quote.destinationRail === 'BOOK';
  const journal = quoteJournal(
    quote,
    { ...command, transactionId },
    isInside && waiting === null ? 'SINGLE' : 'PENDING',
  );
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') {
    const { rejection } = posted;
    if (rejection.code !== 'INSUFFICIENT_FUNDS') return refused(rejection, quote.sourceAsset);
    // Whichever Transfer was one too many: what is needed is all of them.
    const { available } = balanceOf(source);
    return refused({ ...rejection, available, required: amountMinor }, quote.sourceAsset);
  }
  const touched = touchedBy(batch, quote, posted);
  const asked: Asked = { quote, command: { ...command, transactionId }, waiting, journal, touched };
  if (quote.destinationRail === 'ONCHAIN') submit(batch, asked);
  else if (way !== null) submitOrder(batch, asked, way);
  else if (waiting) waitFor(batch, asked, waiting);
  else completeQuoted(batch, quote, open(batch, draftOf(quote, asked.command)), touched);
  takeRoom(batch.limits, source, transactionId, amountMinor, batch.now);
  declarePolicy(batch, transactionId, command.returnPolicy);
  putQuote(batch.quote, batch.newId(), 'ACCEPTED', {
    ...quote,
    status: 'ACCEPTED',
    version: quote.version + 1,
    acceptedAt: batch.now,
    transactionId,
    sealed: null,
  });
  return succeeded(transactionId);
}

/** A policy that could not be followed: what comes back is in the Asset of the source. */
function policyMisfit(
  batch: Batch,
  { payout, sourceAsset }: Quote,
  command: AcceptQuoteCommand,
): StoredResult | null {
  if (command.returnPolicy !== null && payout === null) {
    const expected = 'nothing but to a bank account, as nothing else sends money back';
    return invalid('returnPolicy', '(given)', expected);
  }
  return policyFault(batch, command, sourceAsset);
}

/** What the endorsements of either side's customer do not allow by now. */
function gateOf(batch: Batch, quote: Quote, source: LedgerAccount): StoredResult | null {
  const debit = restricted(source, 'DEBIT');
  if (debit) return debit;
  if (quote.destinationRail !== 'BOOK') {
    return (
      restricted(source, quote.destinationRail === 'ONCHAIN' ? 'ONCHAIN' : 'BANK') ??
      unusable(batch, quote.externalAccountId, source, quote.destinationAsset)
    );
  }
  const destination = present(
    batch.ledger.accounts.get(quote.destinationAccountId),
    'the destination of a quote',
  );
  return restricted(destination, 'CREDIT');
}

/** What the rail makes of it now, where it leads to a bank; its limits may have changed since. */
function wayOf(batch: Batch, quote: Quote): PaymentTerms | StoredResult | null {
  const { destinationRail: rail, payout, destinationNetMinor: amountMinor, destinationAsset } = quote;
  if (payout === null || rail === 'BOOK' || rail === 'ONCHAIN') return null;
  return railTerms(batch, { rail, speed: payout.speed, amountMinor }, destinationAsset);
}

/** Says that a Quote's time is over. Sent again, or too early, it changes nothing. */
export function decideExpireQuote(batch: Batch, command: ExpireQuoteCommand): StoredResult {
  const quote = findOwnQuote(batch.quote, command.organizationId, command.quoteId);
  if (!quote) return missingQuote(command.quoteId);
  if (quote.status !== 'OPEN' || batch.now < quote.expiresAt) return QUOTE_IS_OVER;
  const expired = { ...quote, status: 'EXPIRED', version: quote.version + 1, sealed: null } as const;
  putQuote(batch.quote, batch.newId(), 'EXPIRED', expired);
  return QUOTE_IS_OVER;
}

/**
 * The money first, then its fees. Where Assets differ each side goes through CONVERSION of its own Asset, and what
 * rounding leaves stays there.
 */
export function quoteJournal(
  quote: Quote,
  {
    journalId,
    transactionId,
    description,
  }: Pick<AcceptQuoteCommand, 'journalId' | 'transactionId' | 'description'>,
  kind: 'PENDING' | 'SINGLE',
): Journal {
  const transfers: NewTransfer[] = [];
  const add = (debitAccountId: Uuid, creditAccountId: Uuid, amount: bigint, text: string | null): void => {
    if (amount === 0n) return;
    const sides = { kind, debitAccountId, creditAccountId, amount } as const;
    const id = numberedId(journalId, transfers.length);
    transfers.push({ ...sides, id, ...(text === null ? {} : { description: text }) });
  };
  const { sourceAccountId, destinationAccountId, sourceConversionId, destinationConversionId } = quote;
  const payer = destinationConversionId ?? sourceAccountId;
  if (sourceConversionId !== null) {
    add(sourceAccountId, sourceConversionId, quote.sourceNetMinor, description);
  }
  add(payer, destinationAccountId, quote.destinationNetMinor, description);
  for (const { kind: feeKind, side, accountId, amountMinor } of quote.fees) {
    add(side === 'SOURCE' ? sourceAccountId : payer, accountId, amountMinor, FEE_TEXTS[feeKind]);
  }
  return { id: journalId, organizationId: quote.organizationId, transactionId, transfers };
}

const FEE_TEXTS = { PLATFORM: 'Platform fee', DEVELOPER: 'Developer fee', GAS: 'Gas fee' } as const;

/** Says that both sides are posted. */
export function completeQuoted(
  batch: Batch,
  quote: Quote,
  opened: Transaction,
  touched: readonly Uuid[],
): void {
  const amountMinor = quote.destinationNetMinor;
  const details = { leg: 'DESTINATION', amountMinor } as const;
  const converted = quote.rateE18 === null ? opened : advance(batch, opened, 'CONVERTED', {}, details);
  const done = { capturedAmountMinor: quote.sourceGrossMinor, completedAt: batch.now };
  advance(batch, converted, 'COMPLETED', done, { ...details, touched });
}

/** An acceptance with what was found out and posted for it. */
interface Asked {
  readonly quote: Quote;
  readonly command: AcceptQuoteCommand;
  readonly waiting: Waiting | null;
  readonly journal: Journal;
  readonly touched: readonly Uuid[];
}

/** Between our own Accounts: everything is held until nothing is waited for. */
function waitFor(batch: Batch, { quote, command, journal, touched }: Asked, waiting: Waiting): void {
  const details = { leg: 'SOURCE', amountMinor: quote.sourceGrossMinor, touched } as const;
  openWaiting(
    batch,
    draftOf(quote, command),
    {
      asker: command,
      waiting,
      instruction: { kind: 'BOOK', holdSeconds: null, isConverted: quote.rateE18 !== null },
    },
    { change: holdsOf(journal), details },
  );
}

/** Everything is held until the send is final; the rail's own row is queued in the same tx. */
function submit(batch: Batch, { quote, command, waiting, journal, touched }: Asked): void {
  const opened = open(batch, draftOf(quote, command));
  const { organizationId, network, toAddress, fromAddress } = quote;
  invariant(network && toAddress && fromAddress, `quote ${quote.id} leads nowhere`);
  putLeg(batch, {
    transactionId: opened.id,
    organizationId,
    side: 'DESTINATION',
    network,
    address: toAddress,
    stage: 'SUBMITTED',
    chainTransactionId: null,
    transactionHash: null,
  });
  const details = { leg: 'SOURCE', amountMinor: quote.sourceGrossMinor, touched } as const;
  const send = {
    id: opened.id,
    organizationId,
    accountId: quote.sourceAccountId,
    network,
    asset: quote.destinationAsset,
    fromAddress,
    toAddress,
    amountMinor: quote.destinationNetMinor,
  };
  const asked = { asker: command, waiting, instruction: { kind: 'SEND', send } } as const;
  submitOrWait(batch, opened, asked, { change: holdsOf(journal), details });
}

/** Everything is held until the bank has settled the order, which is queued in the same tx. */
function submitOrder(
  batch: Batch,
  { quote, command, waiting, journal, touched }: Asked,
  { expectedBy, speed }: PaymentTerms,
): void {
  const opened = open(batch, draftOf(quote, command));
  const { organizationId, destinationRail: rail, payout, sealed, sourceAccountId: accountId } = quote;
  invariant(payout && sealed && isBankRail(rail), `quote ${quote.id} leads to no bank`);
  const details = {
    leg: 'SOURCE',
    amountMinor: quote.sourceGrossMinor,
    touched,
    expectedBy,
  } as const;
  const { adapter, accountMask, reference, counterparty } = payout;
  const order = {
    ...{ id: opened.id, organizationId, accountId, adapter, rail, asset: quote.destinationAsset },
    amountMinor: quote.destinationNetMinor,
    ...{ accountMask, sealed, reference, expectedBy, speed },
  };
  const asked = { asker: command, waiting, instruction: { kind: 'ORDER', order } } as const;
  submitOrWait(batch, opened, asked, { change: holdsOf(journal), details });
  batch.gates.counterparties.push({ organizationId, digest: counterparty, transactionId: opened.id });
}

function draftOf(quote: Quote, command: AcceptQuoteCommand): Parameters<typeof open>[1] {
  const isInside = quote.destinationRail === 'BOOK';
  return {
    id: command.transactionId,
    organizationId: quote.organizationId,
    type: quote.type,
    finality: isInside ? BOOK.finality : ONCHAIN.finality.open,
    captureMethod: 'AUTOMATIC',
    sourceRail: BOOK.name,
    sourceAccountId: quote.sourceAccountId,
    sourceIsWallet: quote.sourceIsWallet,
    sourceCustomerId: quote.sourceCustomerId,
    sourceAsset: quote.sourceAsset,
    sourceAmountMinor: quote.sourceGrossMinor,
    destinationRail: quote.destinationRail,
    destinationAccountId: quote.destinationAccountId,
    destinationIsWallet: quote.destinationIsWallet,
    destinationExternalAccountId: quote.externalAccountId,
    destinationCustomerId: quote.destinationCustomerId,
    destinationAsset: quote.destinationAsset,
    destinationAmountMinor: quote.destinationNetMinor,
    refundOf: null,
    quoteId: quote.id,
    description: command.description,
    externalId: command.externalId,
    metadata: command.metadata ?? quote.metadata,
  };
}
