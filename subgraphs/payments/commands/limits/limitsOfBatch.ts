import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import type { Batch } from '../../domain/batch.ts';
import type { PaymentsCommand } from '../../domain/command.ts';
import { settleLimits } from '../../domain/limits/limitsInBatch.ts';
import type { Quote } from '../../domain/quote.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { LimitIds } from '../../store/limits/lockLimits.ts';
import { writeLimits } from '../../store/limits/writeLimits.ts';
import { refundPayerId } from '../refunds/refundFacts.ts';

/**
 * What a batch may take room for, or give room back of. A refund within our own books is no new use, and takes none; one
 * over a rail leaves the organization and does.
 */
export function limitIdsOf(
  commands: readonly PaymentsCommand[],
  quotes: ReadonlyMap<Uuid, Pick<Quote, 'sourceAccountId'>>,
  stored: ReadonlyMap<Uuid, Transaction>,
): LimitIds {
  const organizationIds = new Set<Uuid>();
  const sourceAccountIds = new Set<Uuid>();
  const transactionIds = new Set<Uuid>();
  for (const command of commands) {
    switch (command.operation) {
      case 'createTransaction':
      case 'sendMicroDeposits':
        organizationIds.add(command.organizationId);
        sourceAccountIds.add(command.source.accountId);
        break;
      case 'acceptQuote': {
        const quote = quotes.get(command.quoteId);
        if (quote) {
          organizationIds.add(command.organizationId);
          sourceAccountIds.add(quote.sourceAccountId);
        }
        break;
      }
      case 'refundTransaction':
      case 'retryRefund': {
        const payerId = refundPayerId(command, stored);
        if (payerId !== null) {
          organizationIds.add(command.organizationId);
          sourceAccountIds.add(payerId);
        }
        break;
      }
      case 'captureTransaction':
      case 'cancelTransaction':
      case 'expireHold':
      case 'settleSend':
      case 'settleOrder':
      case 'settleCashOrder':
        transactionIds.add(command.transactionId);
        break;
      case 'approveTransaction':
      case 'rejectTransaction':
      case 'endWaiting':
      case 'decideReview':
        if (command.transactionId !== null) transactionIds.add(command.transactionId);
        break;
    }
  }
  return {
    organizationIds: [...organizationIds],
    sourceAccountIds: [...sourceAccountIds],
    transactionIds: [...transactionIds],
  };
}

/** Writes what a batch of the lane did to limits, in its tx. Once, at its end; retry only with the whole tx. */
export async function writeLimitsOf(tx: Tx, { limits, transactions }: Batch): Promise<void> {
  if (limits.policies.length === 0) return;
  await writeLimits(tx, settleLimits(limits, transactions), limits.policies);
}
