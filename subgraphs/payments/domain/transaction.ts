import type { LedgerAccount } from '../../../ledger/account.ts';
import type { Uuid } from '../../../platform/id.ts';
import { isBankRail } from '../../../rails/bank/catalog/bankRails.ts';
import { CASH } from '../../../rails/cash/cash.ts';
import type { Finality, RailName } from '../../../rails/port.ts';
import type { TransactionStatus } from './transitions.ts';

export type TransactionType =
  | 'BOOK'
  | 'FIAT_TO_CRYPTO'
  | 'CRYPTO_TO_FIAT'
  | 'CRYPTO_TO_CRYPTO'
  | 'FIAT_TO_FIAT'
  | 'REFUND';

export type CaptureMethod = 'AUTOMATIC' | 'MANUAL';

export type LegSide = 'SOURCE' | 'DESTINATION';

/** The customer-facing movement of money, as it is stored. Amounts are minor units. */
export interface Transaction {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly type: TransactionType;
  readonly status: TransactionStatus;
  readonly finality: Finality;
  readonly captureMethod: CaptureMethod;
  /** Number of its latest TransactionEvent; gap-free from 1. */
  readonly version: number;
  readonly sourceRail: RailName;
  readonly sourceAccountId: Uuid;
  /** True when the client named the Wallet, which has the uuid of its Account. */
  readonly sourceIsWallet: boolean;
  /** Null for the organization's own money. */
  readonly sourceCustomerId: Uuid | null;
  readonly sourceAsset: string;
  readonly sourceAmountMinor: bigint;
  readonly destinationRail: RailName;
  readonly destinationAccountId: Uuid;
  readonly destinationIsWallet: boolean;
  readonly destinationCustomerId: Uuid | null;
  /** The external account that it goes to, where it goes to one that was made. */
  readonly destinationExternalAccountId: Uuid | null;
  readonly destinationAsset: string;
  readonly destinationAmountMinor: bigint;
  readonly capturedAmountMinor: bigint;
  readonly refundedAmountMinor: bigint;
  /** What refunds that are under way have taken: refunded when they arrive, given back when they do not. */
  readonly refundingAmountMinor: bigint;
  /** The ledger's pending Transfer, while funds are held. */
  readonly holdId: Uuid | null;
  /** Others beside `holdId`, for what is charged with it; resolved with it. Empty where `holdId` is null. */
  readonly moreHoldIds: readonly Uuid[];
  readonly holdExpiresAt: Date | null;
  readonly refundOf: Uuid | null;
  /** The Quote that it was made from. */
  readonly quoteId: Uuid | null;
  readonly failureCode: string | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
  /** Until when its rail may send completed money back; null where it may not. */
  readonly reversibleUntil: Date | null;
}

/** An Account is held by its organization or by a customer (`ledger.holder` keeps the two apart by their ids). */
export function customerOf(account: LedgerAccount): Uuid | null {
  return account.holderId === account.organizationId ? null : account.holderId;
}

/** The side of a Transaction, or of a Quote, that is credited to an Account of ours. */
export function creditedSide(account: LedgerAccount) {
  return {
    destinationRail: 'BOOK',
    destinationAccountId: account.id,
    destinationIsWallet: account.backsWallet,
    destinationCustomerId: customerOf(account),
    destinationAsset: account.asset,
  } as const;
}

/** True when one side is on a chain. */
export function isOnchain({ sourceRail, destinationRail }: Transaction): boolean {
  return sourceRail === 'ONCHAIN' || destinationRail === 'ONCHAIN';
}

/** True when one side is at a bank. */
export function isAtBank({ sourceRail, destinationRail }: Transaction): boolean {
  return isBankRail(sourceRail) || isBankRail(destinationRail);
}

/** True when it goes to a bank account outside. */
export function isBankPayout({ destinationRail }: Transaction): boolean {
  return isBankRail(destinationRail);
}

/** True when one side is cash at a counter. */
export function isCash({ sourceRail, destinationRail }: Transaction): boolean {
  return sourceRail === CASH || destinationRail === CASH;
}

/** What of a captured amount has not gone back yet and is not on its way back, in minor units. */
export function refundableOf(transaction: Transaction): bigint {
  const { sourceRail, capturedAmountMinor, destinationAmountMinor } = transaction;
  // The fee of a counter was for the work, and is not refunded.
  const wholeMinor = sourceRail === CASH ? destinationAmountMinor : capturedAmountMinor;
  return wholeMinor - transaction.refundedAmountMinor - transaction.refundingAmountMinor;
}
