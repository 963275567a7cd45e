import { invalidInput } from '../../../platform/failures.ts';
import { readAccelerateTransaction } from '../commands/accelerateTransaction.ts';
import { readAcceptQuote } from '../commands/acceptQuote.ts';
import { readAssignDeposit, readAssignReceipt } from '../commands/assignReceipt.ts';
import { readCancelTransaction } from '../commands/cancelTransaction.ts';
import { readCaptureTransaction } from '../commands/captureTransaction.ts';
import { readPickup } from '../commands/cash/readPickup.ts';
import { readCreateTransaction } from '../commands/createTransaction.ts';
import { readExternalPayout } from '../commands/readExternalPayout.ts';
import { readPayout } from '../commands/readPayout.ts';
import { readAssignReturn } from '../commands/refunds/assignReturn.ts';
import { readDismissRefund } from '../commands/refunds/dismissRefund.ts';
import type { RefundWays } from '../commands/refunds/readRoute.ts';
import { readRetryRefund } from '../commands/refunds/retryRefund.ts';
import { readRefundTransaction } from '../commands/refundTransaction.ts';
import type { Context } from '../context.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import { microDepositsMutations } from './microDeposits/microDeposits.ts';
import { createQuote, setPlatformFee } from './quoteMutation.ts';
import { runTransaction } from './run.ts';
import { sandboxMutationResolvers } from './sandbox.ts';
import { webhookMutations } from './webhookMutation.ts';

function refundWays({ ways, cash }: Context): RefundWays {
  return { bank: ways.bank, cash: cash.connection };
}

export const mutationResolvers = {
  createQuote: (_, { input }, context) => createQuote(input, context),
  setPlatformFee: (_, { input }, context) => setPlatformFee(input, context),
  acceptQuote: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAcceptQuote(organizationId, input)),
  createTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => {
      const { assets, ways } = context;
      const { destinationBankAccount: account, destinationExternalAccountId, destinationCashPickup } = input;
      if (destinationCashPickup) {
        const { connection } = context.cash;
        return readPickup(organizationId, { ...input, destinationCashPickup }, assets, connection);
      }
      if (destinationExternalAccountId != null) {
        if (account) return invalidInput('destinationBankAccount', '(not shown)', 'no other beside it');
        const request = { ...input, destinationExternalAccountId };
        return readExternalPayout(organizationId, request, assets, ways);
      }
      if (!account) return readCreateTransaction(organizationId, input, assets);
      return readPayout(organizationId, { ...input, destinationBankAccount: account }, assets, ways);
    }),
  captureTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readCaptureTransaction(organizationId, input)),
  cancelTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readCancelTransaction(organizationId, input)),
  accelerateTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAccelerateTransaction(organizationId, input)),
  refundTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) =>
      readRefundTransaction(organizationId, input, refundWays(context)),
    ),
  retryRefund: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readRetryRefund(organizationId, input, refundWays(context))),
  dismissRefund: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readDismissRefund(organizationId, input)),
  assignReturn: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAssignReturn(organizationId, input)),
  assignReceipt: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAssignReceipt(organizationId, input)),
  assignDeposit: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAssignDeposit(organizationId, input)),
  ...microDepositsMutations,
  ...sandboxMutationResolvers,
  ...webhookMutations,
} satisfies Partial<MutationResolvers>;

/** A failure says which member of the union it is; what does not is what was asked for. */
function resolveTypeOr(name: string): <Name extends string>(result: object) => Name {
  return <Name extends string>(result: object) => ('__typename' in result ? result.__typename : name) as Name;
}

export const resolveResultType = resolveTypeOr('Transaction');
export const resolveCashInResultType = resolveTypeOr('CashIn');
export const resolveQuoteResultType = resolveTypeOr('Quote');
export const resolvePlatformFeeResultType = resolveTypeOr('PlatformFee');
