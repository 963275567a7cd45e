import type { PageArgs } from '../../platform/connection.ts';
import { requireScope } from '../../platform/graphql.ts';
import { parseId, type Uuid } from '../../platform/id.ts';
import { commonResolvers } from '../../platform/scalars.ts';
import { isClient } from '../../platform/viewer.ts';
import type { Context } from './context.ts';
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
import {
  approvalMutations,
  approvalPolicyResolvers,
  approvalQueries,
  approvalResolvers,
  approvalRuleResolvers,
} from './resolvers/gates/approval.ts';
import { payoutApprovalMutations } from './resolvers/gates/payoutApproval.ts';
import { reviewMutations, reviewQueries, reviewResolvers } from './resolvers/gates/review.ts';
import { approvalEventResolvers, approvalUpdateResolvers } from './resolvers/gates/updates.ts';
import { limitMutations, limitPolicyResolvers, limitQueries } from './resolvers/limits/limitPolicy.ts';
import { microDepositsOf, microDepositsResolvers } from './resolvers/microDeposits/microDeposits.ts';
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
import { quoteEventResolvers } from './resolvers/quoteUpdates.ts';
import { railSpeedTermsResolvers, railTermsResolvers } from './resolvers/rails.ts';
import { reconciliationMutations } from './resolvers/reconciliation/mutation.ts';
import { reconciliationQueries } from './resolvers/reconciliation/query.ts';
import {
  bankBalanceResolvers,
  bankBookingResolvers,
  bankStatementResolvers,
  reconciliationItemResolvers,
  suspenseAgeResolvers,
} from './resolvers/reconciliation/types.ts';
import {
  refundMutations,
  refundQueries,
  refundRecoveryResolvers,
  returnPolicyResolvers,
  suspendedReturnResolvers,
} from './resolvers/refunds/refunds.ts';
import { sandboxClockMutations, sandboxClockQueries } from './resolvers/sandboxClock.ts';
import { screeningQueries, screeningResolvers } from './resolvers/screening/screening.ts';
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
import type { ListedKind } from './store/listTransactionsOf.ts';

const result = { __resolveType: resolveResultType };

/** Transactions of a party, behind their own scope: to see the party is not to see what it pays. */
function listOf(kind: ListedKind, id: Uuid | null, args: PageArgs, { loaders, viewer }: Context) {
  requireScope(viewer, 'transactions:read');
  return loaders.listTransactionsOf(kind, id, args);
}

export const resolvers: Resolvers = {
  ...commonResolvers,
  Query: {
    ...queryResolvers,
    ...payoutQueries,
    ...limitQueries,
    ...sandboxClockQueries,
    ...approvalQueries,
    ...reviewQueries,
    ...refundQueries,
    ...reconciliationQueries,
    ...screeningQueries,
    ...cashQueries,
  },
  Mutation: {
    ...mutationResolvers,
    ...payoutMutations,
    ...limitMutations,
    ...sandboxClockMutations,
    ...approvalMutations,
    ...payoutApprovalMutations,
    ...reviewMutations,
    ...refundMutations,
    ...reconciliationMutations,
    ...cashMutations,
  },
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
  Approval: approvalResolvers,
  ApprovalRule: approvalRuleResolvers,
  ApprovalPolicy: approvalPolicyResolvers,
  Review: reviewResolvers,
  Screening: screeningResolvers,
  PayoutBatchUpdate: payoutBatchUpdateResolvers,
  PayoutBatchEvent: payoutBatchEventResolvers,
  WebhookEndpoint: webhookEndpointResolvers,
  WebhookDelivery: webhookDeliveryResolvers,
  WebhookAttempt: webhookAttemptResolvers,
  Customer: {
    transactions: ({ id }, args, context) => listOf('customer', parseId('cus', id), args, context),
    quotes: ({ id }, args, { loaders, viewer }) => {
      requireScope(viewer, 'transactions:read');
      return loaders.listQuotesOf(parseId('cus', id), args);
    },
  },
  Account: {
    transactions: ({ id }, args, context) => listOf('account', parseId('acc', id), args, context),
  },
  Wallet: {
    transactions: ({ id }, args, context) => listOf('account', parseId('wal', id), args, context),
  },
  ExternalAccount: {
    microDeposits: ({ id }, _, context) => microDepositsOf(id, context),
    transactions: ({ id }, args, context) =>
      // Whose place it is, is not known here: a client token is shown nothing.
      listOf('externalAccount', isClient(context.viewer) ? null : parseId('xac', id), args, context),
  },
  RailTerms: railTermsResolvers,
  RailSpeedTerms: railSpeedTermsResolvers,
  MicroDeposits: microDepositsResolvers,
  SendMicroDepositsResult: result,
  DepositAddress: {
    transactions: ({ id }, args, context) => listOf('depositAddress', parseId('dep', id), args, context),
  },
  VirtualAccount: {
    transactions: ({ id }, args, context) => listOf('virtualAccount', parseId('vac', id), args, context),
  },
  CreateTransactionResult: result,
  CaptureTransactionResult: result,
  CancelTransactionResult: result,
  AccelerateTransactionResult: result,
  RefundTransactionResult: result,
  RetryRefundResult: result,
  DismissRefundResult: result,
  AssignReturnResult: result,
  SetDefaultReturnPolicyResult: result,
  ReturnPolicy: returnPolicyResolvers,
  RefundRecovery: refundRecoveryResolvers,
  SuspendedReturn: suspendedReturnResolvers,
  AcceptQuoteResult: result,
  CreateQuoteResult: { __resolveType: resolveQuoteResultType },
  SetPlatformFeeResult: { __resolveType: resolvePlatformFeeResultType },
  AssignReceiptResult: result,
  AssignDepositResult: result,
  SandboxResult: result,
  AdvanceSandboxClockResult: result,
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
  SetApprovalPolicyResult: result,
  ApproveTransactionResult: result,
  RejectTransactionResult: result,
  ApprovePayoutBatchResult: result,
  RejectPayoutBatchResult: result,
  OpenReviewResult: result,
  DecideReviewResult: result,
  AssignReviewResult: result,
  ReconciliationItem: reconciliationItemResolvers,
  BankBooking: bankBookingResolvers,
  BankStatement: bankStatementResolvers,
  BankBalance: bankBalanceResolvers,
  SuspenseAge: suspenseAgeResolvers,
  ImportBankStatementResult: result,
  ResolveReconciliationItemResult: result,
  AssignBankBookingResult: result,
  TakeBankBookingAsFeeResult: result,
  CashIn: cashInResolvers,
  QuoteEvent: quoteEventResolvers,
  ApprovalUpdate: approvalUpdateResolvers,
  ApprovalEvent: approvalEventResolvers,
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
