import type { Uuid } from '../../../../platform/id.ts';

export const PAYOUT_ITEM_STATUSES = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'] as const;

export type PayoutItemStatus = (typeof PAYOUT_ITEM_STATUSES)[number];

/** Why an item failed, as the timeline of a Transaction would say it. */
export interface PayoutFailure {
  readonly code: string;
  readonly message: string;
  /** True when another try, in a new batch, may succeed. */
  readonly retryable: boolean;
}

/** One payout as it was handed in. */
export interface NewPayoutItem {
  /** Also of its Transaction and Journal. */
  readonly id: Uuid;
  /** From 1, in the order in which the items were handed in. */
  readonly number: number;
  /** Null for an address. */
  readonly destinationAccountId: Uuid | null;
  readonly destinationIsWallet: boolean;
  /** Lower-case; null for an account. */
  readonly destinationAddress: string | null;
  readonly amountMinor: bigint;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One payout of a PayoutBatch, as it is stored. */
export interface PayoutItem extends NewPayoutItem {
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
