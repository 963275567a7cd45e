import type { AssetCatalogue } from '../../ledger/assets.ts';
import type { Connection } from '../../platform/connection.ts';
import type { Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { MoneyView } from '../../platform/scalars.ts';
import type { BankReceipt } from '../../rails/bank/reads.ts';
import type { RailName } from '../../rails/port.ts';
import type { Fee } from './domain/pricing.ts';
import type { Quote } from './domain/quote.ts';
import type { QuoteStep } from './domain/quoteFacts.ts';
import type { LegSide, Transaction } from './domain/transaction.ts';
import type { TransactionEvent } from './domain/transactionEvent.ts';
import type { WebhookEndpoint } from './domain/webhookEndpoint.ts';
import type { WebhookDeliveryRow } from './store/webhookDeliveries.ts';

export type TransactionConnectionView = Connection<Transaction>;
export type WebhookEndpointConnectionView = Connection<WebhookEndpoint>;
export type WebhookDeliveryConnectionView = Connection<WebhookDeliveryRow>;

export type BankReceiptConnectionView = Connection<BankReceipt>;

/** An Account, Customer, Wallet or ChainTransaction as we know it: by its public id. What else there is to it, its owner says. */
export interface ReferenceView {
  readonly id: string;
}

export interface LegView {
  readonly transactionId: Uuid;
  readonly side: LegSide;
  readonly rail: RailName;
  readonly accountId: Uuid;
  readonly isWallet: boolean;
  readonly customerId: Uuid | null;
  /** The external account that the money goes to, if any. */
  readonly externalAccountId: Uuid | null;
  readonly amountMinor: bigint;
  readonly asset: string;
}

export interface BalanceView {
  readonly posted: MoneyView;
  readonly pending: MoneyView;
  readonly available: MoneyView;
  readonly version: number;
}

/** A message of a stream of Transactions; without an event it is the first of a stream opened without a cursor. */
export interface TransactionUpdateView {
  readonly cursor: string;
  readonly event: TransactionEvent | null;
  /** Null where the stream is about many and nothing has happened yet. */
  readonly transactionId: Uuid | null;
}

/** A step of what has no timeline of its own, as its events tell it. */
export interface ObjectStep<Kind> {
  readonly id: Uuid;
  readonly version: number;
  readonly kind: Kind;
  readonly occurredAt: Date;
}

export type QuoteEventView = ObjectStep<QuoteStep['kind']>;

/** A message of the stream of one Quote; without an event it is the first of a stream opened without a cursor. */
export interface QuoteUpdateView {
  readonly cursor: string;
  readonly event: QuoteEventView | null;
  readonly quote: Quote;
}

export interface BalanceUpdateView {
  readonly cursor: string;
  readonly accountId: Uuid;
  readonly balance: BalanceView | null;
}

export function sourceOf(transaction: Transaction): LegView {
  return {
    transactionId: transaction.id,
    side: 'SOURCE',
    rail: transaction.sourceRail,
    accountId: transaction.sourceAccountId,
    isWallet: transaction.sourceIsWallet,
    customerId: transaction.sourceCustomerId,
    externalAccountId: null,
    amountMinor: transaction.sourceAmountMinor,
    asset: transaction.sourceAsset,
  };
}

export function destinationOf(transaction: Transaction): LegView {
  return {
    transactionId: transaction.id,
    side: 'DESTINATION',
    rail: transaction.destinationRail,
    accountId: transaction.destinationAccountId,
    isWallet: transaction.destinationIsWallet,
    customerId: transaction.destinationCustomerId,
    externalAccountId: transaction.destinationExternalAccountId,
    amountMinor: transaction.destinationAmountMinor,
    asset: transaction.destinationAsset,
  };
}

export function moneyOf(assets: AssetCatalogue, amountMinor: bigint, code: string): MoneyView {
  return { amountMinor, asset: present(assets.get(code), `asset ${code}`) };
}

export type QuoteConnectionView = Connection<Quote>;

/** A Fee with the Asset of its side. */
export interface FeeView extends Fee {
  readonly asset: string;
}

export interface QuoteSideView {
  readonly side: LegSide;
  readonly quote: Quote;
}

/** Fees of one side. */
export interface QuoteFeesView {
  readonly items: readonly FeeView[];
  readonly asset: string;
}

export interface QuoteGasView {
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly sponsored: boolean;
}

/** As it is kept under its key. */
export interface PlatformFeeView {
  readonly asset: string;
  readonly flatMinor: bigint;
  readonly partsPerMillion: bigint;
}

/** The fees of a Quote, or of one of its sides, in the order in which they are charged. */
export function feesOf({ fees, sourceAsset, destinationAsset }: Quote, only?: LegSide): FeeView[] {
  return fees
    .filter(({ side }) => only === undefined || side === only)
    .map((fee) => ({ ...fee, asset: fee.side === 'SOURCE' ? sourceAsset : destinationAsset }));
}
