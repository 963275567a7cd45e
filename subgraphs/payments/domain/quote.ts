import type { Uuid } from '../../../platform/id.ts';
import type { SpeedCode } from '../../../rails/bank/catalog/rail.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { Fee } from './pricing.ts';
import type { LegSide, TransactionType } from './transaction.ts';

/** EXPIRED also while the row still says OPEN: `expiresAt` against the database's clock decides. */
export type QuoteStatus = 'OPEN' | 'ACCEPTED' | 'EXPIRED';

export type QuoteRail = 'BOOK' | 'ONCHAIN' | BankRailName;

/** The order to a bank that accepting a Quote makes. */
export interface QuotePayout {
  /** Of the order, and so of the Transaction: the account is sealed for it. */
  readonly orderId: Uuid;
  readonly adapter: string;
  /** Null for the speed that is usual on the rail. */
  readonly speed: SpeedCode | null;
  readonly accountMask: string;
  /** A digest of the account: says whether the same was paid before. */
  readonly counterparty: string;
  readonly reference: string | null;
}

/** A price that holds until `expiresAt`, with all that accepting it will post. Amounts are minor units. */
export interface Quote {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly status: QuoteStatus;
  /** Number of its latest event; gap-free from 1. */
  readonly version: number;
  /** Of the Transaction that it becomes. */
  readonly type: TransactionType;
  readonly fixedSide: LegSide;
  /** BOOK for what is asked for; else the rail that money came by which was converted as it was credited. */
  readonly sourceRail: QuoteRail;
  readonly sourceAccountId: Uuid;
  readonly sourceIsWallet: boolean;
  readonly sourceCustomerId: Uuid | null;
  readonly sourceAsset: string;
  readonly sourceGrossMinor: bigint;
  readonly sourceNetMinor: bigint;
  readonly destinationRail: QuoteRail;
  /** OMNIBUS of the Network where it leads to an address, CLEARING at the rail where it leads to a bank. */
  readonly destinationAccountId: Uuid;
  readonly destinationIsWallet: boolean;
  readonly destinationCustomerId: Uuid | null;
  readonly destinationAsset: string;
  readonly destinationGrossMinor: bigint;
  readonly destinationNetMinor: bigint;
  /** The three are null for what stays in our own books. */
  readonly network: string | null;
  readonly toAddress: string | null;
  readonly fromAddress: string | null;
  /** Times 10^18; null, as all that belongs to it, where both sides count the same Asset. */
  readonly rateE18: bigint | null;
  readonly rateProvider: string | null;
  readonly rateAsOf: Date | null;
  readonly sourceConversionId: Uuid | null;
  readonly destinationConversionId: Uuid | null;
  readonly fees: readonly Fee[];
  /** What the send is expected to cost, in the coin of the Network. */
  readonly gasAsset: string | null;
  readonly gasMinor: bigint | null;
  /** True where the organization's own gas pays for it and nobody is charged. */
  readonly gasSponsored: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly transactionId: Uuid | null;
  /** Where it leads to an external account. */
  readonly externalAccountId: Uuid | null;
  /** Null for what leads to no bank. */
  readonly payout: QuotePayout | null;
  /** The account at the bank, sealed for the order; null where it is not read, and once the Quote is over. */
  readonly sealed: Uint8Array | null;
}

/** Every Account that accepting it posts to, each once. */
export function accountsOf(quote: Quote): readonly Uuid[] {
  const { sourceAccountId, destinationAccountId, sourceConversionId, destinationConversionId } = quote;
  const ids = new Set([sourceAccountId, destinationAccountId]);
  if (sourceConversionId !== null) ids.add(sourceConversionId);
  if (destinationConversionId !== null) ids.add(destinationConversionId);
  for (const { accountId } of quote.fees) ids.add(accountId);
  return [...ids];
}

/** Who is paid: an Account, an address, or the digest of an account at a bank. */
export function counterpartyOf({ payout, toAddress, destinationAccountId }: Quote): string {
  return payout?.counterparty ?? toAddress ?? destinationAccountId;
}
