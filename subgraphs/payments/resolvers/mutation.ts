import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { readAccelerateTransaction } from '../commands/accelerateTransaction.ts';
import { readAcceptQuote } from '../commands/acceptQuote.ts';
import { readAssignDeposit } from '../commands/assignDeposit.ts';
import { readAssignReceipt } from '../commands/assignReceipt.ts';
import { readCancelTransaction } from '../commands/cancelTransaction.ts';
import { readCaptureTransaction } from '../commands/captureTransaction.ts';
import { readCreateTransaction } from '../commands/createTransaction.ts';
import { readExternalPayout } from '../commands/readExternalPayout.ts';
import { readPayout } from '../commands/readPayout.ts';
import { readAssignReturn } from '../commands/refunds/assignReturn.ts';
import { readDismissRefund } from '../commands/refunds/dismissRefund.ts';
import { readRetryRefund } from '../commands/refunds/retryRefund.ts';
import { readRefundTransaction } from '../commands/refundTransaction.ts';
import type { Context } from '../context.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import type { Transaction } from '../domain/transaction.ts';
import { failureOf } from '../errors.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import { microDepositsMutations } from './microDeposits/microDeposits.ts';
import { createQuote, setPlatformFee } from './quoteMutation.ts';
import { sandboxMutationResolvers } from './sandbox.ts';
import { webhookMutations } from './webhookMutation.ts';

type Result = Transaction | FailureView;

export const mutationResolvers = {
  createQuote: (_, { input }, context) => createQuote(input, context),
  setPlatformFee: (_, { input }, context) => setPlatformFee(input, context),
  acceptQuote: (_, { input }, context) =>
    run(context, (organizationId) => readAcceptQuote(organizationId, input)),
  createTransaction: (_, { input }, context) =>
    run(context, (organizationId) => {
      const { assets, ways } = context;
      const { destinationBankAccount: account, destinationExternalAccountId } = input;
      if (destinationExternalAccountId != null) {
        if (account) return invalidInput('destinationBankAccount', '(not shown)', 'no other beside it');
        const request = { ...input, destinationExternalAccountId };
        return readExternalPayout(organizationId, request, assets, ways);
      }
      if (!account) return readCreateTransaction(organizationId, input, assets);
      return readPayout(organizationId, { ...input, destinationBankAccount: account }, assets, ways);
    }),
  captureTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readCaptureTransaction(organizationId, input)),
  cancelTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readCancelTransaction(organizationId, input)),
  accelerateTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readAccelerateTransaction(organizationId, input)),
  refundTransaction: (_, { input }, context) =>
    run(context, (organizationId) => readRefundTransaction(organizationId, input, context.ways.bank)),
  retryRefund: (_, { input }, context) =>
    run(context, (organizationId) => readRetryRefund(organizationId, input, context.ways.bank)),
  dismissRefund: (_, { input }, context) =>
    run(context, (organizationId) => readDismissRefund(organizationId, input)),
  assignReturn: (_, { input }, context) =>
    run(context, (organizationId) => readAssignReturn(organizationId, input)),
  assignReceipt: (_, { input }, context) =>
    run(context, (organizationId) => readAssignReceipt(organizationId, input)),
  assignDeposit: (_, { input }, context) =>
    run(context, (organizationId) => readAssignDeposit(organizationId, input)),
  ...microDepositsMutations,
  ...sandboxMutationResolvers,
  ...webhookMutations,
} satisfies Partial<MutationResolvers>;

/** Sends what was asked down the lane, and answers with the Transaction as it is now or with why not. */
async function run(
  context: Context,
  read: (organizationId: Uuid) => PaymentsCommand | FailureView | Promise<PaymentsCommand | FailureView>,
): Promise<Result> {
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

/** A failure says which member of the union it is; what does not is what was asked for. */
function resolveTypeOr(name: string): <Name extends string>(result: object) => Name {
  return <Name extends string>(result: object) => ('__typename' in result ? result.__typename : name) as Name;
}

export const resolveResultType = resolveTypeOr('Transaction');
export const resolveQuoteResultType = resolveTypeOr('Quote');
export const resolvePlatformFeeResultType = resolveTypeOr('PlatformFee');
