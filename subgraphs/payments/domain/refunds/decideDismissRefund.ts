import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Batch } from '../batch.ts';
import { findOwn, missingTransaction } from '../find.ts';
import { illegal, succeeded } from '../results.ts';
import { dismiss, openRecovery } from './decideRetryRefund.ts';
import type { DismissRefundCommand } from './refundCommand.ts';

/** Ends what is done about a refund that did not arrive, once. What it took was given back when it failed. */
export function decideDismissRefund(batch: Batch, command: DismissRefundCommand): StoredResult {
  const refund = findOwn(batch, command.organizationId, command.transactionId);
  if (!refund) return missingTransaction(command.transactionId);
  const recovery = openRecovery(batch, refund);
  if (recovery === null) return illegal(refund, 'nothing is waited for that could be dismissed');
  dismiss(batch, refund, recovery, command.reason);
  return succeeded(refund.id);
}
