import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { advance, type Batch, type StepDetails } from '../batch.ts';
import type { Transaction } from '../transaction.ts';
import { putRecovery, type RefundRecovery } from './refundsInBatch.ts';
import { nextRetryAt } from './returnPolicy.ts';
import { policyOf } from './returnTarget.ts';

/**
 * Runs what may end a Transaction and, where that was a refund over a rail, tells its original: what arrived is refunded,
 * what did not is given back to be refunded again, and is tried again or handed to somebody.
 */
export function followingRefund(batch: Batch, transactionId: Uuid, run: () => StoredResult): StoredResult {
  const before = batch.transactions.get(transactionId);
  const result = run();
  const after = batch.transactions.get(transactionId);
  const isRefund = after !== undefined && after.refundOf !== null && before !== undefined;
  if (isRefund && before.status !== after.status) follow(batch, before, after);
  return result;
}

function follow(batch: Batch, before: Transaction, refund: Transaction): void {
  const { id: relatedTransactionId, status, destinationAmountMinor: amountMinor } = refund;
  const original = (): Transaction =>
    present(batch.transactions.get(refund.refundOf as Uuid), `the original of ${refund.id}`);
  const details = { amountMinor, relatedTransactionId };
  const isNews = before.status !== 'COMPLETED';
  if (isNews && (status === 'COMPLETED' || status === 'RETURNED')) {
    const { refundingAmountMinor, refundedAmountMinor } = original();
    const change = {
      refundingAmountMinor: refundingAmountMinor - amountMinor,
      refundedAmountMinor: refundedAmountMinor + amountMinor,
    };
    advance(batch, original(), 'REFUNDED', change, details);
  }
  if (status !== 'RETURNED' && status !== 'FAILED' && status !== 'CANCELED') return;
  const { refundingAmountMinor, refundedAmountMinor } = original();
  const change =
    status === 'RETURNED'
      ? { refundedAmountMinor: refundedAmountMinor - amountMinor }
      : { refundingAmountMinor: refundingAmountMinor - amountMinor };
  const recovery = status === 'CANCELED' ? null : recoveryOf(batch, refund);
  const expectedBy = recovery?.nextAt ?? null;
  const reason = reasonOf(batch, refund.id, expectedBy !== null);
  advance(batch, original(), 'REFUND_FAILED', change, { ...details, ...reason, expectedBy });
  if (recovery === null) return;
  putRecovery(batch.refunds, recovery);
  if (recovery.state === 'ESCALATED') escalate(batch, refund, recovery);
}

/** What its own timeline says of its end. @param retryable whether it is tried again by itself */
function reasonOf(batch: Batch, refundId: Uuid, retryable: boolean): StepDetails {
  const last = batch.steps.findLast(({ transaction }) => transaction.id === refundId)?.event;
  const { reasonCode = null, reasonMessage = null } = last ?? {};
  return { reasonCode, reasonMessage, reasonRetryable: reasonCode === null ? null : retryable };
}

/** A refund that takes the place of another counts on where that one was. */
function recoveryOf(batch: Batch, refund: Transaction): RefundRecovery {
  const earlier = [...batch.refunds.recoveries.values()].find(({ retriedBy }) => retriedBy === refund.id);
  const retries = earlier?.retries ?? policyOf(batch, refund.id).retries;
  const blank = { refundId: refund.id, organizationId: refund.organizationId, retriedBy: null };
  return failedAgain(batch, { ...blank, attempt: earlier?.attempt ?? 0, retries }, refund.failureCode);
}

/** One more failure: another try later, or somebody has to look. */
export function failedAgain(
  batch: Batch,
  recovery: Omit<RefundRecovery, 'state' | 'nextAt' | 'reasonCode'>,
  reasonCode: string | null,
): RefundRecovery {
  const attempt = recovery.attempt + 1;
  const nextAt = nextRetryAt(attempt, recovery.retries, batch.now);
  const state = nextAt === null ? 'ESCALATED' : 'WAITING';
  return { ...recovery, attempt, state, nextAt, reasonCode: reasonCode ?? 'UNKNOWN' };
}

/** Says on the original's timeline that nothing more happens by itself. */
export function escalate(batch: Batch, refund: Transaction, { attempt, reasonCode }: RefundRecovery): void {
  const original = present(batch.transactions.get(refund.refundOf as Uuid), `the original of ${refund.id}`);
  advance(
    batch,
    original,
    'REFUND_ESCALATED',
    {},
    {
      amountMinor: refund.destinationAmountMinor,
      relatedTransactionId: refund.id,
      reasonCode,
      reasonMessage: `the refund did not arrive, ${attempt} times tried; somebody has to say where it goes`,
      reasonRetryable: false,
    },
  );
}
