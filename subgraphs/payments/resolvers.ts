import { parseId } from '../../platform/id.ts';
import { commonResolvers } from '../../platform/scalars.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { mutationResolvers, resolveResultType } from './resolvers/mutation.ts';
import { queryResolvers } from './resolvers/query.ts';
import {
  balanceUpdateResolvers,
  subscriptionResolvers,
  transactionUpdateResolvers,
} from './resolvers/subscription.ts';
import { legResolvers, transactionEventResolvers, transactionResolvers } from './resolvers/transaction.ts';
import {
  webhookAttemptResolvers,
  webhookDeliveryResolvers,
  webhookEndpointResolvers,
} from './resolvers/webhook.ts';

const result = { __resolveType: resolveResultType };

export const resolvers: Resolvers = {
  ...commonResolvers,
  Query: queryResolvers,
  Mutation: mutationResolvers,
  Subscription: subscriptionResolvers,
  Transaction: transactionResolvers,
  TransactionEvent: transactionEventResolvers,
  Leg: legResolvers,
  TransactionUpdate: transactionUpdateResolvers,
  BalanceUpdate: balanceUpdateResolvers,
  WebhookEndpoint: webhookEndpointResolvers,
  WebhookDelivery: webhookDeliveryResolvers,
  WebhookAttempt: webhookAttemptResolvers,
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
  CreateWebhookEndpointResult: result,
  UpdateWebhookEndpointResult: result,
  RotateWebhookSecretResult: result,
  EnableWebhookEndpointResult: result,
  DisableWebhookEndpointResult: result,
  DeleteWebhookEndpointResult: result,
  SendTestWebhookResult: result,
  ResendWebhookDeliveryResult: result,
  ResendWebhookDeliveriesResult: result,
  Failure: result,
  Node: result,
};

/** What each root field asks of the Viewer. */
export const scopes = {
  'Query.transaction': 'transactions:read',
  'Query.transactionByExternalId': 'transactions:read',
  'Query.transactions': 'transactions:read',
  'Mutation.createTransaction': 'transactions:write',
  'Mutation.captureTransaction': 'transactions:write',
  'Mutation.cancelTransaction': 'transactions:write',
  'Mutation.accelerateTransaction': 'transactions:write',
  'Mutation.refundTransaction': 'transactions:write',
  'Query.webhookEndpoint': 'webhooks:read',
  'Query.webhookEndpoints': 'webhooks:read',
  'Query.webhookDelivery': 'webhooks:read',
  'Query.webhookDeliveries': 'webhooks:read',
  'Mutation.createWebhookEndpoint': 'webhooks:write',
  'Mutation.updateWebhookEndpoint': 'webhooks:write',
  'Mutation.rotateWebhookSecret': 'webhooks:write',
  'Mutation.enableWebhookEndpoint': 'webhooks:write',
  'Mutation.disableWebhookEndpoint': 'webhooks:write',
  'Mutation.deleteWebhookEndpoint': 'webhooks:write',
  'Mutation.sendTestWebhook': 'webhooks:write',
  'Mutation.resendWebhookDelivery': 'webhooks:write',
  'Mutation.resendWebhookDeliveries': 'webhooks:write',
  'Subscription.transactionUpdates': 'transactions:read',
  'Subscription.transactionUpdated': 'transactions:read',
  'Subscription.balanceUpdates': 'accounts:read',
};
