import { ApiError } from '../../../platform/errors.ts';
import type { FailureView } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { readAccelerateTransaction } from '../commands/accelerateTransaction.ts';
import { readCancelTransaction } from '../commands/cancelTransaction.ts';
import { readCaptureTransaction } from '../commands/captureTransaction.ts';
import { readCreateTransaction } from '../commands/createTransaction.ts';
import { readRefundTransaction } from '../commands/refundTransaction.ts';
import type { Context } from '../context.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import type { Transaction } from '../domain/transaction.ts';
import { failureOf } from '../errors.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import { webhookMutations } from './webhookMutation.ts';

type Result = Transaction | FailureView;

export const mutationResolvers: MutationResolvers = {
  createTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readCreateTransaction(organizationId, input, context.assets)),
  captureTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readCaptureTransaction(organizationId, input)),
  cancelTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readCancelTransaction(organizationId, input)),
  accelerateTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readAccelerateTransaction(organizationId, input)),
  refundTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readRefundTransaction(organizationId, input)),
  ...webhookMutations,
};

/** Sends what was asked down the lane, and answers with the Transaction as it is now or with why not. */
async function run(
  context: Context,
  read: (organizationId: Uuid) => PaymentsCommand | FailureView,
): Promise<Result> {
  const { viewer, lane, loaders, assets } = context;
  // Whoever may see one Customer only cannot be trusted with the accounts of others, whatever their scopes say.
  if (viewer.customerId !== undefined) throw new ApiError('FORBIDDEN', 'a client token cannot move money');
  const command = read(viewer.organizationId);
  if ('__typename' in command) return command;
  const { result, replayed, transaction: changed } = await lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'Transaction') return failureOf(result, assets);
  loaders.renew(changed);
  const transaction = await loaders.findTransaction(result.transactionId as Uuid);
  return present(transaction, 'the transaction of a result');
}

/** A failure says which member of the union it is; what does not is a Transaction. */
export function resolveResultType<Name extends string>(result: object): Name {
  return ('__typename' in result ? result.__typename : 'Transaction') as Name;
}
