import type { Uuid } from '../../../../platform/id.ts';

export type CashInStatus = 'PENDING' | 'OPEN' | 'PAID' | 'EXPIRED' | 'CANCELED' | 'FAILED';

/** A wish to pay in at a counter, and what became of it. Amounts are minor units. */
export interface CashIn {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Null for the organization's own account. */
  readonly customerId: Uuid | null;
  readonly accountId: Uuid;
  readonly accountIsWallet: boolean;
  readonly network: string;
  readonly asset: string;
  /** What is handed over; less the fee it is credited. */
  readonly amountMinor: bigint;
  readonly feeMinor: bigint;
  readonly feeFlatMinor: bigint;
  readonly feePartsPerMillion: bigint;
  readonly feesAccountId: Uuid;
  readonly status: CashInStatus;
  /** Number of its latest event; gap-free from 1. */
  readonly version: number;
  /** Its current code. */
  readonly orderId: Uuid;
  readonly refreshes: number;
  /** A new code is asked for once the network says that the old one is dead. */
  readonly isRefreshing: boolean;
  readonly isCancelAsked: boolean;
  /** Until when the current code can be paid by. */
  readonly expiresAt: Date;
  readonly transactionId: Uuid | null;
  readonly failureCode: string | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What happened to one, as its events name it. */
export type CashInStepKind = 'Created' | 'Opened' | 'Refreshed' | 'Paid' | 'Expired' | 'Canceled' | 'Failed';

/** Statuses in which there is a code that may still be paid by, or one is on its way. */
export function isWaiting({ status }: CashIn): boolean {
  return status === 'PENDING' || status === 'OPEN';
}
