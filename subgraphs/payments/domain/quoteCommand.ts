import type { Command } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { Party } from './party.ts';
import type { QuotePayout } from './quote.ts';
import type { NoRate, Rate } from './rate.ts';
import type { ReturnPolicy } from './refunds/returnPolicy.ts';
import type { ScreeningVerdict } from './screening.ts';
import type { LegSide } from './transaction.ts';

/** A developer fee as it was asked for: its Asset is known only under lock. */
export interface AskedFee {
  readonly recipient: Party;
  /** Decimal text in units of the recipient's Asset; null for none. */
  readonly flat: string | null;
  readonly partsPerMillion: bigint;
}

/** Where a Quote leads outside. */
export interface AskedAddress {
  /** As the client wrote it, for answers. */
  readonly destinationAddress: string;
  /** The same in lower case. */
  readonly toAddress: string;
  /** Code of the Network. */
  readonly network: string;
  /** Where the address is an external account's. */
  readonly externalAccountId: Uuid | null;
}

/** An account at a bank that a Quote leads to. */
export interface AskedAccount {
  readonly externalAccountId: Uuid | null;
  readonly rail: BankRailName;
  readonly payout: QuotePayout;
  readonly sealed: Uint8Array;
}

export type QuoteDestination = Party | AskedAddress | AskedAccount;

/** What a send on a Network is expected to cost. */
export interface GasEstimate {
  /** The coin of the Network. */
  readonly asset: string;
  readonly amountMinor: bigint;
  /** Of the coin in the destination Asset; 1 where they are the same. */
  readonly rate: Rate | NoRate;
}

export interface CreateQuoteCommand extends Command {
  readonly operation: 'createQuote';
  readonly quoteId: Uuid;
  readonly source: Party;
  readonly destination: QuoteDestination;
  readonly amountMinor: bigint;
  readonly fixedSide: LegSide;
  readonly sourceAsset: string;
  readonly destinationAsset: string;
  readonly developerFees: readonly AskedFee[];
  readonly sponsorGas: boolean;
  readonly expiresInSeconds: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Asked for before the lane; null where both sides count the same Asset. Not part of what makes requests equal. */
  readonly rate: Rate | NoRate | null;
  /** Null for what stays in our own books, and where the Network is not known. */
  readonly gas: GasEstimate | null;
}

export interface AcceptQuoteCommand extends Command {
  readonly operation: 'acceptQuote';
  readonly quoteId: Uuid;
  /** Of the Transaction that it becomes. */
  readonly transactionId: Uuid;
  /** Of its one Journal. */
  readonly journalId: Uuid;
  readonly description: string | null;
  readonly externalId: string | null;
  /** The ApiKey or Member that asks. */
  readonly requestedBy?: string;
  /** What screening said before the command was sent. */
  readonly screening?: ScreeningVerdict;
  /** What becomes of money that comes back; null where nothing is declared. */
  readonly returnPolicy: ReturnPolicy | null;
  /** Those of the Quote where this is null. */
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** Sent by our own worker, without a key: it is idempotent by the status it acts on. */
export interface ExpireQuoteCommand extends Command {
  readonly operation: 'expireQuote';
  readonly quoteId: Uuid;
}

export interface SetPlatformFeeCommand extends Command {
  readonly operation: 'setPlatformFee';
  readonly asset: string;
  readonly flatMinor: bigint;
  readonly partsPerMillion: bigint;
}

export type QuoteCommand =
  | CreateQuoteCommand
  | AcceptQuoteCommand
  | ExpireQuoteCommand
  | SetPlatformFeeCommand;

export function isToAddress(destination: QuoteDestination): destination is AskedAddress {
  return 'toAddress' in destination;
}

export function isToAccount(destination: QuoteDestination): destination is AskedAccount {
  return 'sealed' in destination;
}

export function isToParty(destination: QuoteDestination): destination is Party {
  return 'accountId' in destination;
}
