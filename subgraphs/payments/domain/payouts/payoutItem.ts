import type { Uuid } from '../../../../platform/id.ts';
import type { BankRailName } from '../../../../rails/port.ts';
import type { QuotePayout } from '../quote.ts';
import type { ReturnPolicy } from '../refunds/returnPolicy.ts';

export const PAYOUT_ITEM_STATUSES = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'] as const;

export type PayoutItemStatus = (typeof PAYOUT_ITEM_STATUSES)[number];

/** Why an item failed, as the timeline of a Transaction would say it. */
export interface PayoutFailure {
  readonly code: string;
  readonly message: string;
  /** True when another try, in a new batch, may succeed. */
  readonly retryable: boolean;
}

/** What the order of an item to a bank says; the order has the item's uuid. */
export interface PayoutOrder extends Omit<QuotePayout, 'orderId'> {
  /** What becomes of money that comes back; left out where nothing is declared. */
  readonly returnPolicy?: ReturnPolicy;
}

/** What is sealed for that order, until the item is paid or ends; null for what goes to no bank. */
export interface SealedItem {
  readonly sealed: Uint8Array | null;
}

/** One payout as it was handed in. */
export interface NewPayoutItem extends SealedItem {
  /** Also of its Transaction and Journal. */
  readonly id: Uuid;
  /** From 1, in the order in which the items were handed in. */
  readonly number: number;
  /** Null for an address. */
  readonly destinationAccountId: Uuid | null;
  readonly destinationIsWallet: boolean;
  /** Lower-case; null for an account. */
  readonly destinationAddress: string | null;
  /** Where it goes to an external account. */
  readonly destinationExternalAccountId: Uuid | null;
  /** Null for what goes to no bank, as is `payout`. */
  readonly rail: BankRailName | null;
  readonly payout: PayoutOrder | null;
  readonly amountMinor: bigint;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One payout of a PayoutBatch, as it is stored. */
export interface PayoutItem extends Omit<NewPayoutItem, keyof SealedItem> {
  readonly batchId: Uuid;
  readonly organizationId: Uuid;
  readonly status: PayoutItemStatus;
  readonly asset: string;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly failureRetryable: boolean | null;
  readonly updatedAt: Date;
}

/** True once a Transaction has been made for an item that stands there. */
export function hasTransaction({ status }: Pick<PayoutItem, 'status'>): boolean {
  return status === 'PROCESSING' || status === 'COMPLETED';
}
