import type { LedgerAccount } from '../../../../ledger/account.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import { customerOf, type Transaction } from '../transaction.ts';
import {
  type DayUse,
  dayOf,
  daysAfter,
  LIMIT_DAYS,
  type LimitCharge,
  type LimitPolicy,
  type LimitWindow,
} from './limitPolicy.ts';

/** What a batch of the lane knows of limits: locked policies, their use, and open charges of Transactions it touches. */
export interface LimitFacts {
  readonly policies: readonly LimitPolicy[];
  /** By `dayKey`. */
  readonly uses: ReadonlyMap<string, DayUse>;
  /** Of Transactions that the batch touches, and that had not ended. */
  readonly stored: readonly LimitCharge[];
}

/** The same with the changes of this batch on top. */
export interface Limits {
  readonly policies: readonly LimitPolicy[];
  /** By `dayKey`. */
  readonly uses: Map<string, DayUse>;
  readonly changedUses: Set<string>;
  readonly stored: readonly LimitCharge[];
  /** Of Transactions that this batch makes. */
  readonly taken: LimitCharge[];
}

export function limitsOf(facts: LimitFacts | undefined): Limits {
  return {
    policies: facts?.policies ?? [],
    uses: new Map(facts?.uses),
    changedUses: new Set(),
    stored: facts?.stored ?? [],
    taken: [],
  };
}

export function dayKey(policyId: Uuid, day: string): string {
  return `${policyId} ${day}`;
}

function policiesFor({ policies }: Limits, source: LedgerAccount): readonly LimitPolicy[] {
  const customerId = customerOf(source);
  return policies.filter(
    (policy) =>
      policy.organizationId === source.organizationId &&
      policy.asset === source.asset &&
      (policy.customerId === null || policy.customerId === customerId),
  );
}

/** The failure when an amount would go beyond a policy of its source, or null. Changes nothing. */
export function exceededLimit(
  limits: Limits,
  source: LedgerAccount,
  amountMinor: bigint,
  now: Date,
): StoredResult | null {
  for (const policy of policiesFor(limits, source)) {
    const fault = exceeds(limits, policy, amountMinor, now);
    if (fault) return fault;
  }
  return null;
}

function exceeds(limits: Limits, policy: LimitPolicy, amountMinor: bigint, now: Date): StoredResult | null {
  const today = dayOf(now);
  const { perTransactionMinor, perDayMinor, perThirtyDaysMinor, countPerDay } = policy;
  const fail = (window: LimitWindow, limit: bigint, used: bigint, resetsAt: Date | null): StoredResult => ({
    type: 'LimitExceeded',
    policyId: policy.id,
    window,
    asset: policy.asset,
    limitMinor: String(limit),
    usedMinor: String(used),
    requestedMinor: window === 'COUNT_PER_DAY' ? '1' : String(amountMinor),
    resetsAt: resetsAt?.toISOString() ?? null,
  });
  if (perTransactionMinor !== null && amountMinor > perTransactionMinor) {
    return fail('TRANSACTION', perTransactionMinor, 0n, null);
  }
  const use = limits.uses.get(dayKey(policy.id, today));
  const used = use?.amountMinor ?? 0n;
  if (perDayMinor !== null && used + amountMinor > perDayMinor) {
    return fail('DAY', perDayMinor, used, daysAfter(today, 1));
  }
  const count = use?.count ?? 0;
  if (countPerDay !== null && count >= countPerDay) {
    return fail('COUNT_PER_DAY', BigInt(countPerDay), BigInt(count), daysAfter(today, 1));
  }
  if (perThirtyDaysMinor === null) return null;
  const window = usesInWindow(limits, policy.id, now);
  const usedInWindow = window.reduce((sum, { amountMinor: one }) => sum + one, 0n);
  if (usedInWindow + amountMinor <= perThirtyDaysMinor) return null;
  const oldest = window.map(({ day }) => day).sort()[0];
  const resetsAt = oldest === undefined ? null : daysAfter(oldest, LIMIT_DAYS);
  return fail('THIRTY_DAYS', perThirtyDaysMinor, usedInWindow, resetsAt);
}

function usesInWindow({ uses }: Limits, policyId: Uuid, now: Date): readonly DayUse[] {
  const first = dayOf(daysAfter(dayOf(now), 1 - LIMIT_DAYS));
  return [...uses.values()].filter(
    (use) => use.policyId === policyId && use.day >= first && use.amountMinor > 0n,
  );
}

/** Takes the room that `exceededLimit` found, for a Transaction that was made. */
export function takeRoom(
  limits: Limits,
  source: LedgerAccount,
  transactionId: Uuid,
  amountMinor: bigint,
  now: Date,
): void {
  const day = dayOf(now);
  for (const { id: policyId, organizationId } of policiesFor(limits, source)) {
    limits.taken.push({ transactionId, policyId, organizationId, day, amountMinor });
    changeUse(limits, policyId, day, amountMinor, 1);
  }
}

function changeUse(limits: Limits, policyId: Uuid, day: string, amountMinor: bigint, count: number): void {
  const key = dayKey(policyId, day);
  const before = limits.uses.get(key) ?? { policyId, day, amountMinor: 0n, count: 0 };
  const after = {
    policyId,
    day,
    amountMinor: before.amountMinor + amountMinor,
    count: before.count + count,
  };
  invariant(after.amountMinor >= 0n && after.count >= 0, 'more room was given back than was taken');
  limits.uses.set(key, after);
  limits.changedUses.add(key);
}

export interface LimitChanges {
  readonly uses: readonly DayUse[];
  /** Of Transactions that have not ended. */
  readonly newCharges: readonly LimitCharge[];
  /** Of Transactions that have ended now. */
  readonly released: readonly LimitCharge[];
}

/**
 * Gives back what ended Transactions did not use, and says what is to be written. Once, at the end of a batch.
 *
 * @param transactions as the batch left them
 */
export function settleLimits(limits: Limits, transactions: ReadonlyMap<Uuid, Transaction>): LimitChanges {
  const newCharges: LimitCharge[] = [];
  const released: LimitCharge[] = [];
  for (const [charges, ended] of [
    [limits.taken, null],
    [limits.stored, released],
  ] as const) {
    for (const charge of charges) {
      const used = usedBy(transactions.get(charge.transactionId));
      if (used === null) {
        if (ended === null) newCharges.push(charge);
        continue;
      }
      ended?.push(charge);
      const back = charge.amountMinor - used;
      if (back > 0n) changeUse(limits, charge.policyId, charge.day, -back, used === 0n ? -1 : 0);
    }
  }
  const uses = [...limits.uses].flatMap(([key, use]) => (limits.changedUses.has(key) ? [use] : []));
  return { uses, newCharges, released };
}

/** What a Transaction took in the end; null while that is open. */
function usedBy(transaction: Transaction | undefined): bigint | null {
  switch (transaction?.status) {
    case 'FAILED':
    case 'CANCELED':
      return 0n;
    case 'COMPLETED':
    case 'RETURNED':
      return transaction.capturedAmountMinor;
    default:
      return null;
  }
}
