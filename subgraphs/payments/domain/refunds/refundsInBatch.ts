import type { Uuid } from '../../../../platform/id.ts';
import type { KnownRecipient } from '../../../../rails/bank/recipients.ts';
import type { KnownCashRecipient } from '../../../../rails/cash/recipients.ts';
import type { InsideAddress, SendingWallet } from '../../../../rails/onchain/sends.ts';
import type { OnchainLeg } from '../onchainLeg.ts';
import type { Quote } from '../quote.ts';
import type { ReturnPolicy } from './returnPolicy.ts';

/** WAITING for another try, RETRIED by another refund, ESCALATED to somebody, or DISMISSED: nothing is left to refund. */
export type RecoveryState = 'WAITING' | 'RETRIED' | 'ESCALATED' | 'DISMISSED';

/** What is done about a refund that did not arrive. */
export interface RefundRecovery {
  readonly refundId: Uuid;
  readonly organizationId: Uuid;
  readonly state: RecoveryState;
  /** How often it has failed to arrive, refunds before it among them. */
  readonly attempt: number;
  readonly retries: number;
  readonly nextAt: Date | null;
  readonly retriedBy: Uuid | null;
  readonly reasonCode: string;
}

/** Why returned money is in SUSPENSE. */
export type SuspendedReturnReason = 'BY_POLICY' | 'ACCOUNT_CLOSED';

export interface SuspendedReturn {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  readonly reason: SuspendedReturnReason;
  /** Whom somebody said that it is for; null while it waits. */
  readonly assignedAccountId: Uuid | null;
}

/** What a batch knows of refunds and returns before it decides. */
export interface RefundFacts {
  /** By Transaction: whom a refund to a bank may go to without being told. */
  readonly recipients: ReadonlyMap<Uuid, KnownRecipient>;
  /** By refund that was to be picked up: whom it was for. */
  readonly cashRecipients: ReadonlyMap<Uuid, KnownCashRecipient>;
  /** By refund. */
  readonly recoveries: ReadonlyMap<Uuid, RefundRecovery>;
  /** By Transaction, where one was declared. */
  readonly policies: ReadonlyMap<Uuid, ReturnPolicy>;
  /** By organization. */
  readonly defaults: ReadonlyMap<Uuid, ReturnPolicy>;
  readonly suspended: ReadonlyMap<Uuid, SuspendedReturn>;
  /** By `systemKey`. */
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  /** Of Transactions to be refunded; never changed here. */
  readonly quotes: ReadonlyMap<Uuid, Quote>;
  readonly wallets: ReadonlyMap<Uuid, SendingWallet>;
  /** By `insideKey`. */
  readonly inside: ReadonlyMap<string, InsideAddress>;
  /** Of refunds to be retried. */
  readonly legs: ReadonlyMap<Uuid, OnchainLeg>;
}

/** The same with the changes of this batch on top, and what is to be written. */
export interface RefundBatch extends Omit<RefundFacts, 'recoveries' | 'policies' | 'suspended'> {
  readonly storedRecoveries: ReadonlyMap<Uuid, RefundRecovery>;
  readonly recoveries: Map<Uuid, RefundRecovery>;
  readonly changedRecoveries: Set<Uuid>;
  readonly policies: Map<Uuid, ReturnPolicy>;
  /** Of Transactions that this batch makes. */
  readonly declared: Set<Uuid>;
  readonly storedSuspended: ReadonlyMap<Uuid, SuspendedReturn>;
  readonly suspended: Map<Uuid, SuspendedReturn>;
  readonly changedSuspended: Set<Uuid>;
  /** By organization: what holds from now on, and who says so. */
  readonly newDefaults: Map<Uuid, ReturnPolicy & { readonly setBy: string }>;
}

export const NO_REFUNDS: RefundFacts = {
  recipients: new Map(),
  cashRecipients: new Map(),
  recoveries: new Map(),
  policies: new Map(),
  defaults: new Map(),
  suspended: new Map(),
  systemAccounts: new Map(),
  quotes: new Map(),
  wallets: new Map(),
  inside: new Map(),
  legs: new Map(),
};

export function refundBatch(facts: RefundFacts = NO_REFUNDS): RefundBatch {
  const { recoveries, policies, suspended, ...rest } = facts;
  return {
    ...rest,
    storedRecoveries: recoveries,
    recoveries: new Map(recoveries),
    changedRecoveries: new Set(),
    policies: new Map(policies),
    declared: new Set(),
    storedSuspended: suspended,
    suspended: new Map(suspended),
    changedSuspended: new Set(),
    newDefaults: new Map(),
  };
}

export function putRecovery(batch: RefundBatch, recovery: RefundRecovery): void {
  batch.recoveries.set(recovery.refundId, recovery);
  batch.changedRecoveries.add(recovery.refundId);
}

export function putSuspended(batch: RefundBatch, suspended: SuspendedReturn): void {
  batch.suspended.set(suspended.transactionId, suspended);
  batch.changedSuspended.add(suspended.transactionId);
}
