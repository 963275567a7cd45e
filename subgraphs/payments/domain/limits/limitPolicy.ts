import type { Uuid } from '../../../../platform/id.ts';

/** How much may leave a party in one Asset, as it is stored. Amounts are minor units; null is no limit. */
export interface LimitPolicy {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Null: of all Accounts of the organization together. */
  readonly customerId: Uuid | null;
  readonly asset: string;
  readonly perTransactionMinor: bigint | null;
  readonly perDayMinor: bigint | null;
  readonly perThirtyDaysMinor: bigint | null;
  readonly countPerDay: number | null;
}

/** What was used of a policy on one day. */
export interface DayUse {
  readonly policyId: Uuid;
  /** In UTC, such as `2026-01-31`. */
  readonly day: string;
  readonly amountMinor: bigint;
  readonly count: number;
}

/** What a Transaction that has not ended took of a policy. */
export interface LimitCharge {
  readonly transactionId: Uuid;
  readonly policyId: Uuid;
  readonly organizationId: Uuid;
  readonly day: string;
  readonly amountMinor: bigint;
}

export type LimitWindow = 'TRANSACTION' | 'DAY' | 'THIRTY_DAYS' | 'COUNT_PER_DAY';

const DAY_MS = 86_400_000;
/** Days that count, today among them. */
export const LIMIT_DAYS = 30;

/** The day of an instant in UTC. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** Midnight in UTC, so many days after the beginning of `day`. */
export function daysAfter(day: string, days: number): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}
