import { formatId, type Uuid } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../domain/transaction.ts';
import type {
  LegResolvers,
  TransactionEventResolvers,
  TransactionResolvers,
} from '../generated/resolvers.ts';
import { destinationOf, moneyOf, type ReferenceView, sourceOf } from '../views.ts';
import { findVisible } from './ids.ts';

export const transactionResolvers: TransactionResolvers = {
  __resolveReference: ({ id }, context) => findVisible(id, context),
  id: ({ id }) => formatId('txn', id),
  source: sourceOf,
  destination: destinationOf,
  amount: ({ sourceAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, sourceAmountMinor, sourceAsset),
  capturedAmount: ({ capturedAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, capturedAmountMinor, sourceAsset),
  refundedAmount: ({ refundedAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, refundedAmountMinor, sourceAsset),
  refundOf: ({ refundOf }, _, context) => load(refundOf, context),
  refunds: async ({ id }, _, { loaders }) => [...(await loaders.listRefunds(id))],
  events: async ({ id }, _, { loaders }) => [...(await loaders.listTimeline(id))],
  metadata: ({ metadata }) => [...metadataPairs(metadata)],
};

export const transactionEventResolvers: TransactionEventResolvers = {
  id: ({ id }) => formatId('evt', id),
  amount: ({ amountMinor, asset }, _, { assets }) =>
    amountMinor === null ? null : moneyOf(assets, amountMinor, asset),
  relatedTransaction: ({ relatedTransactionId }, _, context) => load(relatedTransactionId, context),
  reason: ({ reasonCode, reasonMessage, reasonRetryable }) =>
    reasonCode === null
      ? null
      : { code: reasonCode, message: reasonMessage ?? '', retryable: reasonRetryable ?? false },
};

export const legResolvers: LegResolvers = {
  account: ({ accountId }) => reference('acc', accountId),
  wallet: ({ accountId, isWallet }) => (isWallet ? reference('wal', accountId) : null),
  customer: ({ customerId }) => (customerId === null ? null : reference('cus', customerId)),
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
};

function reference(prefix: 'acc' | 'wal' | 'cus', id: Uuid): ReferenceView {
  return { id: formatId(prefix, id) };
}

function load(id: Uuid | null, { loaders }: Context): Promise<Transaction | null> | null {
  return id === null ? null : loaders.findTransaction(id);
}
