import { readAccelerateTransaction } from '../commands/accelerateTransaction.ts';
import { readAcceptQuote } from '../commands/acceptQuote.ts';
import { readAssignReceipt } from '../commands/assignReceipt.ts';
import { readCancelTransaction } from '../commands/cancelTransaction.ts';
import { readCaptureTransaction } from '../commands/captureTransaction.ts';
import { readPickup } from '../commands/cash/readPickup.ts';
import { readCreateTransaction } from '../commands/createTransaction.ts';
import { readPayout } from '../commands/readPayout.ts';
import { readRefundTransaction } from '../commands/refundTransaction.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import type { cashMutations } from './cash/mutation.ts';
import { createQuote, setPlatformFee } from './quoteMutation.ts';
import { runTransaction } from './run.ts';
import { sandboxMutationResolvers } from './sandbox.ts';
import { webhookMutations } from './webhookMutation.ts';

export const mutationResolvers: Omit<
  MutationResolvers,
  | 'createPayoutBatch'
  | 'uploadPayoutBatch'
  | 'cancelPayoutBatch'
  | 'setLimitPolicy'
  | keyof typeof cashMutations
> = {
  createQuote: (_, { input }, context) => createQuote(input, context),
  setPlatformFee: (_, { input }, context) => setPlatformFee(input, context),
  acceptQuote: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAcceptQuote(organizationId, input)),
  createTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => {
      const { destinationBankAccount, destinationCashPickup } = input;
      if (destinationCashPickup) {
        const { assets, cash } = context;
        return readPickup(organizationId, { ...input, destinationCashPickup }, assets, cash.connection);
      }
      if (!destinationBankAccount) return readCreateTransaction(organizationId, input, context.assets);
      return readPayout(organizationId, { ...input, destinationBankAccount }, context.assets, context.bank);
    }),
  captureTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readCaptureTransaction(organizationId, input)),
  cancelTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readCancelTransaction(organizationId, input)),
  accelerateTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAccelerateTransaction(organizationId, input)),
  refundTransaction: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readRefundTransaction(organizationId, input)),
  assignReceipt: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAssignReceipt(organizationId, input)),
  ...sandboxMutationResolvers,
  ...webhookMutations,
};

/** A failure says which member of the union it is; what does not is what was asked for. */
function resolveTypeOr(name: string): <Name extends string>(result: object) => Name {
  return <Name extends string>(result: object) => ('__typename' in result ? result.__typename : name) as Name;
}

export const resolveResultType = resolveTypeOr('Transaction');
export const resolveCashInResultType = resolveTypeOr('CashIn');
export const resolveQuoteResultType = resolveTypeOr('Quote');
export const resolvePlatformFeeResultType = resolveTypeOr('PlatformFee');
