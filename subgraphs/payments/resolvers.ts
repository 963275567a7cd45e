import { parseId } from '../../platform/id.ts';
import { commonResolvers } from '../../platform/scalars.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { limitMutations, limitPolicyResolvers, limitQueries } from './resolvers/limits/limitPolicy.ts';
import { mutationResolvers, resolveResultType } from './resolvers/mutation.ts';
import { payoutMutations } from './resolvers/payouts/mutation.ts';
import { payoutBatchResolvers, payoutItemResolvers, payoutQueries } from './resolvers/payouts/payoutBatch.ts';
import { payoutBatchEventResolvers, payoutBatchUpdateResolvers } from './resolvers/payouts/updates.ts';
import { queryResolvers } from './resolvers/query.ts';
import {
  balanceUpdateResolvers,
  subscriptionResolvers,
  transactionUpdateResolvers,
} from './resolvers/subscription.ts';
import { legResolvers, transactionEventResolvers, transactionResolvers } from './resolvers/transaction.ts';

const result = { __resolveType: resolveResultType };

export const resolvers: Resolvers = {
  ...commonResolvers,
  Query: { ...queryResolvers, ...payoutQueries, ...limitQueries },
  Mutation: { ...mutationResolvers, ...payoutMutations, ...limitMutations },
  Subscription: subscriptionResolvers,
  Transaction: transactionResolvers,
  TransactionEvent: transactionEventResolvers,
  Leg: legResolvers,
  TransactionUpdate: transactionUpdateResolvers,
  BalanceUpdate: balanceUpdateResolvers,
  PayoutBatch: payoutBatchResolvers,
  PayoutItem: payoutItemResolvers,
  LimitPolicy: limitPolicyResolvers,
  PayoutBatchUpdate: payoutBatchUpdateResolvers,
  PayoutBatchEvent: payoutBatchEventResolvers,
  Customer: {
    transactions: ({ id }, args, { loaders }) =>
      loaders.listTransactionsOf('customer', parseId('cus', id), args),
  },
  Account: {
    transactions: ({ id }, args, { loaders }) =>
      loaders.listTransactionsOf('account', parseId('acc', id), args),
  },
  Wallet: {
    transactions: ({ id }, args, { loaders }) =>
      loaders.listTransactionsOf('account', parseId('wal', id), args),
  },
  CreateTransactionResult: result,
  CaptureTransactionResult: result,
  CancelTransactionResult: result,
  AccelerateTransactionResult: result,
  RefundTransactionResult: result,
  CreatePayoutBatchResult: result,
  CancelPayoutBatchResult: result,
  SetLimitPolicyResult: result,
  Failure: result,
  Node: result,
};

/** What each root field asks of the Viewer. */
export const scopes = {
  'Query.transaction': 'transactions:read',
  'Query.transactionByExternalId': 'transactions:read',
  'Query.transactions': 'transactions:read',
  'Query.payoutBatch': 'transactions:read',
  'Query.payoutBatches': 'transactions:read',
  'Query.limitPolicies': 'limits:read',
  'Mutation.createTransaction': 'transactions:write',
  'Mutation.captureTransaction': 'transactions:write',
  'Mutation.cancelTransaction': 'transactions:write',
  'Mutation.accelerateTransaction': 'transactions:write',
  'Mutation.refundTransaction': 'transactions:write',
  'Mutation.createPayoutBatch': 'transactions:write',
  'Mutation.uploadPayoutBatch': 'transactions:write',
  'Mutation.cancelPayoutBatch': 'transactions:write',
  'Mutation.setLimitPolicy': 'limits:write',
  'Subscription.transactionUpdates': 'transactions:read',
  'Subscription.transactionUpdated': 'transactions:read',
  'Subscription.balanceUpdates': 'accounts:read',
  'Subscription.batchUpdates': 'transactions:read',
};
