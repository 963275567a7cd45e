import type { LedgerAccount } from '../../../ledger/account.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import type { Batch } from './batch.ts';
import { systemKey } from './chain.ts';
import { findParty } from './decideCreate.ts';
import { type PriceFault, price } from './pricing.ts';
import type { Quote } from './quote.ts';
import { type CreateQuoteCommand, isToAccount, isToAddress, isToParty } from './quoteCommand.ts';
import { putQuote, quoteAccount } from './quoteFacts.ts';
import { quoted, rateUnavailable } from './quoteResults.ts';
import { findTarget, railFault, type Target } from './quoteTarget.ts';
import { gasTerm, isTerm, readTerms } from './quoteTerms.ts';
import { closedAccount, invalid, mismatched, missing } from './results.ts';
import { customerOf, type TransactionType } from './transaction.ts';

/** Prices a movement and keeps the price. Nothing is held: what is there when it is accepted decides. */
export function decideCreateQuote(batch: Batch, command: CreateQuoteCommand): StoredResult {
  const source = findParty(batch, command.organizationId, command.source);
  if (!source) return missing(command.source.id);
  if (source.closedAt !== null) return closedAccount(source.id);
  if (source.asset !== command.sourceAsset) return mismatched(source.asset, command.sourceAsset);
  const target = findTarget(batch, command, source);
  if ('type' in target) return target;
  const { rate } = command;
  if (rate !== null && 'fault' in rate) {
    return rateUnavailable(command.sourceAsset, command.destinationAsset, rate.fault);
  }
  const terms = readTerms(batch, command, source, target.accountId);
  if ('type' in terms) return terms;
  const gas = gasTerm(batch, command);
  if (gas !== null && !isTerm(gas)) return gas;

  const [from, to] = [asset(batch, command.sourceAsset), asset(batch, command.destinationAsset)];
  const priced = price({
    fixedSide: command.fixedSide,
    amountMinor: command.amountMinor,
    terms: gas === null ? terms.terms : [...terms.terms, gas],
    from,
    to,
    rateE18: rate?.e18 ?? null,
  });
  if (typeof priced === 'string') return invalid('amount', null, EXPECTED[priced]);
  const untaken = railFault(batch, command, priced.destination.netMinor);
  if (untaken) return untaken;

  const conversion = (code: string) =>
    rate === null
      ? null
      : quoteAccount(
          batch.quote,
          systemKey({ organizationId: command.organizationId, kind: 'CONVERSION', asset: code }),
        );
  const quote: Quote = {
    id: command.quoteId,
    organizationId: command.organizationId,
    status: 'OPEN',
    version: 1,
    type: quoteTypeOf(from.isFiat, to.isFiat, rate !== null, target.rail),
    fixedSide: command.fixedSide,
    sourceRail: 'BOOK',
    ...sourceOf(command, source),
    sourceGrossMinor: priced.source.grossMinor,
    sourceNetMinor: priced.source.netMinor,
    ...destinationOf(command, target),
    destinationGrossMinor: priced.destination.grossMinor,
    destinationNetMinor: priced.destination.netMinor,
    rateE18: rate?.e18 ?? null,
    rateProvider: rate?.provider ?? null,
    rateAsOf: rate?.asOf ?? null,
    sourceConversionId: conversion(command.sourceAsset),
    destinationConversionId: conversion(command.destinationAsset),
    fees: priced.fees,
    gasAsset: command.gas?.asset ?? null,
    gasMinor: command.gas?.amountMinor ?? null,
    gasSponsored: command.gas !== null && command.sponsorGas,
    metadata: command.metadata,
    createdAt: batch.now,
    expiresAt: new Date(batch.now.getTime() + command.expiresInSeconds * 1_000),
    acceptedAt: null,
    transactionId: null,
  };
  putQuote(batch.quote, batch.newId(), 'CREATED', quote);
  return quoted(quote.id);
}

const EXPECTED: Readonly<Record<PriceFault, string>> = {
  FEES_EXCEED_AMOUNT: 'more than the fees of the quote',
  TOO_SMALL: 'enough for one minor unit of the destination',
  TOO_LARGE: 'an amount that keeps both sides within 38 digits',
};

function asset(batch: Batch, code: string) {
  return present(batch.assets.get(code), `asset ${code}`);
}

function sourceOf(command: CreateQuoteCommand, source: LedgerAccount) {
  return {
    sourceAccountId: source.id,
    sourceIsWallet: command.source.isWallet,
    sourceCustomerId: customerOf(source),
    sourceAsset: source.asset,
  };
}

function destinationOf({ destination, destinationAsset }: CreateQuoteCommand, target: Target) {
  const outside = isToAddress(destination);
  return {
    destinationRail: target.rail,
    destinationAccountId: target.accountId,
    destinationIsWallet: isToParty(destination) && destination.isWallet,
    destinationCustomerId: target.customerId,
    destinationAsset,
    network: outside ? destination.network : null,
    toAddress: outside ? destination.toAddress : null,
    fromAddress: target.fromAddress,
    externalAccountId: isToParty(destination) ? null : destination.externalAccountId,
    payout: isToAccount(destination) ? destination.payout : null,
    sealed: isToAccount(destination) ? destination.sealed : null,
  };
}

/** Inferred from the two sides: between accounts in one Asset it is BOOK, whatever the Asset. */
export function quoteTypeOf(
  fromFiat: boolean,
  toFiat: boolean,
  isConverted: boolean,
  rail: Target['rail'],
): TransactionType {
  if (!isConverted && rail === 'BOOK') return 'BOOK';
  return `${fromFiat ? 'FIAT' : 'CRYPTO'}_TO_${toFiat ? 'FIAT' : 'CRYPTO'}`;
}
