import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { PayoutItemStatus } from './payoutItem.ts';

/** As many as one may hand in together. */
export const PAYOUT_ITEMS_MAX = 10_000;

export type PayoutBatchStatus =
  | 'AWAITING_APPROVAL'
  | 'VALIDATED'
  | 'PROCESSING'
  | 'COMPLETED'
  | 'PARTIALLY_COMPLETED'
  | 'FAILED'
  | 'CANCELED';

/** How many items stand somewhere, and what they come to. */
export interface Tally {
  readonly count: number;
  readonly amountMinor: bigint;
}

export type Tallies = Readonly<Record<PayoutItemStatus, Tally>>;

/** Payouts from one Account that were handed in together, as they are stored. */
export interface PayoutBatch {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly status: PayoutBatchStatus;
  /** Number of its latest event; gap-free from 1. */
  readonly version: number;
  readonly sourceAccountId: Uuid;
  readonly sourceIsWallet: boolean;
  readonly asset: string;
  /** The ApiKey or Member that handed it in. */
  readonly createdBy: string;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly tallies: Tallies;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When its last item ended. */
  readonly endedAt: Date | null;
}

const NONE: Tally = { count: 0, amountMinor: 0n };

/** All items wait for their turn. */
export function pendingTallies(count: number, amountMinor: bigint): Tallies {
  const pending = { count, amountMinor };
  return { PENDING: pending, PROCESSING: NONE, COMPLETED: NONE, FAILED: NONE, CANCELED: NONE };
}

/** The tallies after `moved` went from one status to another. @throws {InvariantError} when they were not there */
export function moveTally(
  tallies: Tallies,
  from: PayoutItemStatus,
  to: PayoutItemStatus,
  moved: Tally,
): Tallies {
  if (from === to) return tallies;
  const left = sub(tallies[from], moved);
  invariant(left.count >= 0 && left.amountMinor >= 0n, `more than there are left ${from}`);
  return { ...tallies, [from]: left, [to]: sumOf([tallies[to], moved]) };
}

function sub(a: Tally, b: Tally): Tally {
  return { count: a.count - b.count, amountMinor: a.amountMinor - b.amountMinor };
}

export function sumOf(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, one) => ({ count: sum.count + one.count, amountMinor: sum.amountMinor + one.amountMinor }),
    NONE,
  );
}

/** Where a batch stands whose items stand like this: the one place that says so. */
export function batchStatusOf(tallies: Tallies): PayoutBatchStatus {
  const { PENDING, PROCESSING, COMPLETED, CANCELED } = tallies;
  const { count: total } = sumOf(Object.values(tallies));
  if (PENDING.count === total) return 'VALIDATED';
  if (PENDING.count + PROCESSING.count > 0) return 'PROCESSING';
  if (COMPLETED.count === total) return 'COMPLETED';
  if (COMPLETED.count > 0) return 'PARTIALLY_COMPLETED';
  return CANCELED.count > 0 ? 'CANCELED' : 'FAILED';
}

/** True when no item can change any more. */
export function hasEnded({ PENDING, PROCESSING }: Tallies): boolean {
  return PENDING.count + PROCESSING.count === 0;
}

/** Nothing of it runs before it is approved as a whole. */
function isHeldBack({ status }: PayoutBatch, { PENDING }: Tallies): boolean {
  return status === 'AWAITING_APPROVAL' && PENDING.count > 0;
}

/** The batch after its items moved, one step further. */
export function withTallies(before: PayoutBatch, tallies: Tallies, now: Date): PayoutBatch {
  return {
    ...before,
    tallies,
    status: isHeldBack(before, tallies) ? before.status : batchStatusOf(tallies),
    version: before.version + 1,
    updatedAt: now,
    endedAt: hasEnded(tallies) ? now : null,
  };
}
