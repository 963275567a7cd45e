import type { FailureView } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Context } from '../context.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import type { Transaction } from '../domain/transaction.ts';
import { failureOf } from '../errors.ts';

/** Sends what was asked down the lane, and answers with the Transaction as it is now or with why not. */
export async function runTransaction(
  context: Context,
  read: (organizationId: Uuid) => PaymentsCommand | FailureView | Promise<PaymentsCommand | FailureView>,
): Promise<Transaction | FailureView> {
  const { viewer, lane, loaders, assets } = context;
  const command = await read(viewer.organizationId);
  if ('__typename' in command) return command;
  const named = { ...command, requestedBy: viewer.subjectId };
  const { result, replayed, transaction: changed } = await lane.submit(named);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'Transaction') return failureOf(result, assets);
  loaders.renew(changed);
  const transaction = await loaders.findTransaction(result.transactionId as Uuid);
  return present(transaction, 'the transaction of a result');
}
