import type { StoredResult } from '../../../../platform/commandLane.ts';
import { present } from '../../../../platform/invariant.ts';
import { advance, type Batch } from '../batch.ts';
import { begin, misfitOfRoute, refundableNow } from '../decideRefund.ts';
import { findOwn, missingTransaction } from '../find.ts';
import { exceeding, illegal, SETTLED } from '../results.ts';
import type { Transaction } from '../transaction.ts';
import { escalate, failedAgain } from './followRefund.ts';
import type { RetryRefundCommand } from './refundCommand.ts';
import { putRecovery, type RefundRecovery } from './refundsInBatch.ts';
import { declarePolicy, policyOf } from './returnTarget.ts';

/**
 * Begins another refund in the place of one that did not arrive, once: to the same recipient, or to another that the
 * client names. What cannot begin is a failure to the client, and one more failed try for our own worker.
 */
export function decideRetryRefund(batch: Batch, command: RetryRefundCommand): StoredResult {
  const refund = findOwn(batch, command.organizationId, command.transactionId);
  if (!refund) return command.isAutomatic ? SETTLED : missingTransaction(command.transactionId);
  const recovery = openRecovery(batch, refund);
  if (recovery === null) {
    return command.isAutomatic
      ? SETTLED
      : illegal(refund, 'only a refund that did not arrive can be tried again, once');
  }
  if (command.isAutomatic) return retryWhenDue(batch, command, refund, recovery);
  const misfit = misfitOfRoute(command.route, originalOf(batch, refund));
  if (misfit) return misfit;
  return retry(batch, command, refund, recovery);
}

/** What is done about a refund, as long as something can still be. */
export function openRecovery(batch: Batch, refund: Transaction): RefundRecovery | null {
  const recovery = batch.refunds.recoveries.get(refund.id);
  return recovery?.state === 'WAITING' || recovery?.state === 'ESCALATED' ? recovery : null;
}

function retry(
  batch: Batch,
  command: RetryRefundCommand,
  refund: Transaction,
  recovery: RefundRecovery,
): StoredResult {
  const original = originalOf(batch, refund);
  const amountMinor = refund.destinationAmountMinor;
  const refundable = refundableNow(batch, original);
  if (amountMinor > refundable) return exceeding(original, amountMinor, refundable);
  const { refundId, journalId, route } = command;
  const { description, metadata } = refund;
  const result = begin(batch, {
    ...{ refundId, journalId, route, original, amountMinor, retryOf: refund.id },
    // What our own worker tries again was approved when it was asked for.
    asker: { ...command, paysItem: command.isAutomatic },
    // Its own id stays with the refund that had it first.
    ...{ description, externalId: null, metadata },
  });
  if (result.type !== 'Transaction') return result;
  declarePolicy(batch, refundId, policyOf(batch, refund.id));
  putRecovery(batch.refunds, { ...recovery, state: 'RETRIED', nextAt: null, retriedBy: refundId });
  return result;
}

function retryWhenDue(
  batch: Batch,
  command: RetryRefundCommand,
  refund: Transaction,
  recovery: RefundRecovery,
): StoredResult {
  if (recovery.nextAt === null || batch.now < recovery.nextAt) return SETTLED;
  const result = retry(batch, command, refund, recovery);
  if (result.type === 'Transaction') return SETTLED;
  if (result.type === 'RefundExceedsCaptured') {
    // Somebody refunded it in another way meanwhile.
    dismiss(batch, refund, recovery, 'it was refunded in another way');
    return SETTLED;
  }
  const failed = failedAgain(batch, recovery, codeOf(result));
  putRecovery(batch.refunds, failed);
  if (failed.state === 'ESCALATED') escalate(batch, refund, failed);
  return SETTLED;
}

/** Ends a recovery, and says so on the original's timeline. */
export function dismiss(
  batch: Batch,
  refund: Transaction,
  recovery: RefundRecovery,
  reasonMessage: string,
): void {
  putRecovery(batch.refunds, { ...recovery, state: 'DISMISSED', nextAt: null });
  const details = { reasonCode: 'DISMISSED', reasonMessage, reasonRetryable: false };
  advance(
    batch,
    originalOf(batch, refund),
    'REFUND_DISMISSED',
    {},
    {
      ...{ ...details, amountMinor: refund.destinationAmountMinor, relatedTransactionId: refund.id },
    },
  );
}

/** `INSUFFICIENT_FUNDS` of `InsufficientFunds`, as clients know it. */
function codeOf({ type }: StoredResult): string {
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function originalOf(batch: Batch, { id, refundOf }: Transaction): Transaction {
  return present(refundOf === null ? undefined : batch.transactions.get(refundOf), `the original of ${id}`);
}
