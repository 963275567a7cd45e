import type { LedgerAccount } from '../../../../ledger/account.ts';
import { applyJournal } from '../../../../ledger/apply.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import type { BankRailName } from '../../../../rails/port.ts';
import { bankAccount } from '../bank.ts';
import { type Batch, open } from '../batch.ts';
import { completeQuoted, quoteJournal } from '../decideAcceptQuote.ts';
import { quoteTypeOf } from '../decideCreateQuote.ts';
import { touchedBy } from '../holds.ts';
import { type FeeTerm, price } from '../pricing.ts';
import type { Quote } from '../quote.ts';
import { feeKey, putQuote } from '../quoteFacts.ts';
import type { NoRate, Rate } from '../rate.ts';
import { creditedSide } from '../transaction.ts';

/** How long money that arrived waits for a rate before it goes to suspense as it came. */
export const RATE_WAIT_MAX_MS = 3_600_000;
/** Between two tries: at most 240 of them within the wait. */
export const RATE_RETRY_MS = 15_000;
/** For how long the Quote of a conversion says that it held; it is made and accepted in one. */
const HELD_MS = 1_000;

/** Money that arrived and becomes another Asset as it is credited. Minor units. */
export interface Convertible {
  readonly organizationId: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  readonly convertsTo: string;
  readonly amountMinor: bigint;
  /** The account that stands for the rail. */
  readonly fromId: Uuid;
  /** Who earns a share; both null for nobody. */
  readonly feeAccountId: Uuid | null;
  readonly feePartsPerMillion: bigint | null;
}

/** Ids of what it makes. The Quote has the uuid of its Transaction: there is one for each. */
interface Made {
  readonly transactionId: Uuid;
  readonly journalId: Uuid;
}

/**
 * Credits money that arrived in another Asset than the Account counts: priced as a Quote is that names the source, in a
 * Quote that is accepted at once, so that rate, remainder and fees are told and proved as those of any other.
 *
 * @returns NO_PRICE, having done nothing, where nothing would be left of it or it is more than books hold
 */
export function convertArrival(
  batch: Batch,
  money: Convertible,
  account: LedgerAccount,
  rate: Rate,
  made: Made,
): 'CREDITED' | 'NO_PRICE' {
  const quote = quoteOf(batch, money, account, rate, made);
  if (quote === null) return 'NO_PRICE';
  const { organizationId, asset } = money;
  const { transactionId: id } = made;
  const posted = applyJournal(batch.ledger, quoteJournal(quote, { ...made, description: null }, 'SINGLE'));
  invariant(posted.status === 'POSTED', `the conversion of what arrived was ${posted.status}`);
  const opened = open(batch, {
    ...{ id, organizationId, type: quote.type, finality: 'FINAL', captureMethod: 'AUTOMATIC' },
    ...{ sourceRail: money.rail, sourceAccountId: money.fromId, sourceIsWallet: false },
    ...{ sourceCustomerId: null, sourceAsset: asset, sourceAmountMinor: quote.sourceGrossMinor },
    ...{ ...creditedSide(account), destinationAmountMinor: quote.destinationNetMinor },
    ...{ refundOf: null, quoteId: quote.id, description: null, externalId: null, metadata: {} },
  });
  completeQuoted(batch, quote, opened, touchedBy(batch, quote, posted));
  const unaccepted = { status: 'OPEN', version: 1, acceptedAt: null, transactionId: null } as const;
  putQuote(batch.quote, batch.newId(), 'CREATED', { ...quote, ...unaccepted });
  putQuote(batch.quote, batch.newId(), 'ACCEPTED', quote);
  return 'CREDITED';
}

function quoteOf(
  batch: Batch,
  money: Convertible,
  account: LedgerAccount,
  rate: Rate,
  { transactionId }: Made,
): Quote | null {
  const { organizationId, asset, convertsTo, amountMinor, fromId } = money;
  const from = present(batch.assets.get(asset), `asset ${asset}`);
  const to = present(batch.assets.get(convertsTo), `asset ${convertsTo}`);
  const terms = termsOf(batch, money, account);
  const priced = price({ fixedSide: 'SOURCE', amountMinor, terms, from, to, rateE18: rate.e18 });
  if (typeof priced === 'string') return null;
  const conversion = (code: string) =>
    bankAccount(batch, { organizationId, kind: 'CONVERSION', asset: code });
  return {
    ...{ id: transactionId, organizationId, status: 'ACCEPTED', version: 2, transactionId },
    ...{ type: quoteTypeOf(from.isFiat, to.isFiat, true, 'BOOK'), fixedSide: 'SOURCE' },
    ...{ sourceRail: money.rail, sourceAccountId: fromId, sourceIsWallet: false, sourceCustomerId: null },
    ...{ sourceAsset: asset, sourceGrossMinor: amountMinor, sourceNetMinor: priced.source.netMinor },
    ...creditedSide(account),
    destinationGrossMinor: priced.destination.grossMinor,
    destinationNetMinor: priced.destination.netMinor,
    ...{ network: null, toAddress: null, fromAddress: null, externalAccountId: null },
    ...{ rateE18: rate.e18, rateProvider: rate.provider, rateAsOf: rate.asOf },
    sourceConversionId: conversion(asset),
    destinationConversionId: conversion(convertsTo),
    ...{ fees: priced.fees, gasAsset: null, gasMinor: null, gasSponsored: false, metadata: {} },
    ...{ createdAt: batch.now, acceptedAt: batch.now, expiresAt: new Date(batch.now.getTime() + HELD_MS) },
    ...{ payout: null, sealed: null },
  };
}

/** The platform's fee, as of every Quote, and the share that the place declares. */
function termsOf(batch: Batch, money: Convertible, account: LedgerAccount): readonly FeeTerm[] {
  const { organizationId, asset, convertsTo, feeAccountId, feePartsPerMillion } = money;
  const terms: FeeTerm[] = [];
  const feesAccount = (code: string) => bankAccount(batch, { organizationId, kind: 'FEES', asset: code });
  const platform = batch.bank.platformFees.get(feeKey(organizationId, asset));
  if (platform && (platform.flatMinor > 0n || platform.partsPerMillion > 0n)) {
    const { flatMinor, partsPerMillion } = platform;
    terms.push({
      kind: 'PLATFORM',
      side: 'SOURCE',
      flatMinor,
      partsPerMillion,
      accountId: feesAccount(asset),
    });
  }
  if (feeAccountId === null || feePartsPerMillion === null) return terms;
  const recipient = present(batch.ledger.accounts.get(feeAccountId), 'who earns a share');
  const isOwn = recipient.organizationId === organizationId && recipient.id !== account.id;
  invariant(isOwn, 'a share of what arrived is for another organization, or for whom it is credited to');
  // A payer who was given the details pays the fee in any case: where its recipient is closed, the organization keeps it.
  const side = recipient.asset === asset ? 'SOURCE' : 'DESTINATION';
  const accountId =
    recipient.closedAt === null ? recipient.id : feesAccount(side === 'SOURCE' ? asset : convertsTo);
  terms.push({ kind: 'DEVELOPER', side, flatMinor: 0n, partsPerMillion: feePartsPerMillion, accountId });
  return terms;
}

/** Whether it may still be waited for a rate; null when it was waited for long enough. @param since of the first try */
export function waitForRate(now: Date, since: Date | null): { since: Date; nextAt: Date } | null {
  const begun = since ?? now;
  if (now.getTime() - begun.getTime() >= RATE_WAIT_MAX_MS) return null;
  return { since: begun, nextAt: new Date(now.getTime() + RATE_RETRY_MS) };
}

/** True when there is a rate to go by. */
export function isRate(rate: Rate | NoRate | undefined): rate is Rate {
  return rate !== undefined && 'e18' in rate;
}
