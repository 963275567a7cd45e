import { parseId } from '../../platform/id.ts';
import { commonResolvers } from '../../platform/scalars.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { bankReceiptResolvers } from './resolvers/bankReceipt.ts';
import {
  cashInResolvers,
  cashNetworkResolvers,
  cashPickupResolvers,
  cashQueries,
  cashReceiptResolvers,
  cashTermsResolvers,
} from './resolvers/cash/cashIn.ts';
import { cashMutations } from './resolvers/cash/mutation.ts';
import { cashInEventResolvers, cashInUpdateResolvers } from './resolvers/cash/updates.ts';
import { limitMutations, limitPolicyResolvers, limitQueries } from './resolvers/limits/limitPolicy.ts';
import {
  mutationResolvers,
  resolveCashInResultType,
  resolvePlatformFeeResultType,
  resolveQuoteResultType,
  resolveResultType,
} from './resolvers/mutation.ts';
import { payoutMutations } from './resolvers/payouts/mutation.ts';
import { payoutBatchResolvers, payoutItemResolvers, payoutQueries } from './resolvers/payouts/payoutBatch.ts';
import { payoutBatchEventResolvers, payoutBatchUpdateResolvers } from './resolvers/payouts/updates.ts';
import { queryResolvers } from './resolvers/query.ts';
import {
  feeResolvers,
  platformFeeResolvers,
  quoteFeesResolvers,
  quoteGasResolvers,
  quoteRateResolvers,
  quoteResolvers,
  quoteSideResolvers,
} from './resolvers/quote.ts';
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
  Query: { ...queryResolvers, ...payoutQueries, ...limitQueries, ...cashQueries },
  Mutation: { ...mutationResolvers, ...payoutMutations, ...limitMutations, ...cashMutations },
  Subscription: subscriptionResolvers,
  Transaction: transactionResolvers,
  TransactionEvent: transactionEventResolvers,
  Leg: legResolvers,
  TransactionUpdate: transactionUpdateResolvers,
  BalanceUpdate: balanceUpdateResolvers,
  Quote: quoteResolvers,
  QuoteSide: quoteSideResolvers,
  QuoteFees: quoteFeesResolvers,
  QuoteRate: quoteRateResolvers,
  QuoteGas: quoteGasResolvers,
  Fee: feeResolvers,
  PlatformFee: platformFeeResolvers,
  PayoutBatch: payoutBatchResolvers,
  PayoutItem: payoutItemResolvers,
  LimitPolicy: limitPolicyResolvers,
  PayoutBatchUpdate: payoutBatchUpdateResolvers,
  PayoutBatchEvent: payoutBatchEventResolvers,
  WebhookEndpoint: webhookEndpointResolvers,
  WebhookDelivery: webhookDeliveryResolvers,
  WebhookAttempt: webhookAttemptResolvers,
  Customer: {
    transactions: ({ id }, args, { loaders }) =>
      loaders.listTransactionsOf('customer', parseId('cus', id), args),
    quotes: ({ id }, args, { loaders }) => loaders.listQuotesOf(parseId('cus', id), args),
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
  AcceptQuoteResult: result,
  CreateQuoteResult: { __resolveType: resolveQuoteResultType },
  SetPlatformFeeResult: { __resolveType: resolvePlatformFeeResultType },
  AssignReceiptResult: result,
  SandboxResult: result,
  BankReceipt: bankReceiptResolvers,
  CreatePayoutBatchResult: result,
  CancelPayoutBatchResult: result,
  CreateWebhookEndpointResult: result,
  UpdateWebhookEndpointResult: result,
  RotateWebhookSecretResult: result,
  EnableWebhookEndpointResult: result,
  DisableWebhookEndpointResult: result,
  DeleteWebhookEndpointResult: result,
  SendTestWebhookResult: result,
  ResendWebhookDeliveryResult: result,
  ResendWebhookDeliveriesResult: result,
  SetLimitPolicyResult: result,
  CashIn: cashInResolvers,
  CashInUpdate: cashInUpdateResolvers,
  CashInEvent: cashInEventResolvers,
  CashNetwork: cashNetworkResolvers,
  CashTerms: cashTermsResolvers,
  CashReceipt: cashReceiptResolvers,
  CashPickup: cashPickupResolvers,
  CreateCashInResult: { __resolveType: resolveCashInResultType },
  RefreshCashInResult: { __resolveType: resolveCashInResultType },
  CancelCashInResult: { __resolveType: resolveCashInResultType },
  AssignCashReceiptResult: result,
  SandboxCashResult: result,
  Failure: result,
  Node: result,
};

/** What each root field asks of the Viewer. */
export const scopes = {
  'Query.transaction': 'transactions:read',
  'Query.transactionByExternalId': 'transactions:read',
  'Query.transactions': 'transactions:read',
  'Query.quote': 'transactions:read',
  'Query.quotes': 'transactions:read',
  'Mutation.createQuote': 'transactions:write',
  'Mutation.acceptQuote': 'transactions:write',
  'Mutation.setPlatformFee': 'organization:write',
  'Query.payoutBatch': 'transactions:read',
  'Query.payoutBatches': 'transactions:read',
  'Query.limitPolicies': 'limits:read',
  'Mutation.createTransaction': 'transactions:write',
  'Mutation.captureTransaction': 'transactions:write',
  'Mutation.cancelTransaction': 'transactions:write',
  'Mutation.accelerateTransaction': 'transactions:write',
  'Mutation.refundTransaction': 'transactions:write',
  'Mutation.assignReceipt': 'transactions:write',
  'Mutation.simulateBankDeposit': 'transactions:write',
  'Mutation.setNextBankOutcome': 'transactions:write',
  'Query.bankReceipts': 'transactions:read',
  'Mutation.createPayoutBatch': 'transactions:write',
  'Mutation.uploadPayoutBatch': 'transactions:write',
  'Mutation.cancelPayoutBatch': 'transactions:write',
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
  'Mutation.setLimitPolicy': 'limits:write',
  'Query.cashNetworks': 'transactions:read',
  'Query.cashIn': 'transactions:read',
  'Query.cashIns': 'transactions:read',
  'Query.cashReceipts': 'transactions:read',
  'Mutation.createCashIn': 'transactions:write',
  'Mutation.refreshCashIn': 'transactions:write',
  'Mutation.cancelCashIn': 'transactions:write',
  'Mutation.assignCashReceipt': 'transactions:write',
  'Mutation.simulateCashPayment': 'transactions:write',
  'Mutation.simulateCashPickup': 'transactions:write',
  'Mutation.setNextCashOutcome': 'transactions:write',
  'Subscription.transactionUpdates': 'transactions:read',
  'Subscription.transactionUpdated': 'transactions:read',
  'Subscription.balanceUpdates': 'accounts:read',
  'Subscription.batchUpdates': 'transactions:read',
  'Subscription.cashInUpdated': 'transactions:read',
};
