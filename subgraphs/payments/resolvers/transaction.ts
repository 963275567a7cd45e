import { formatId, type Uuid } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import { isClient, type Viewer } from '../../../platform/viewer.ts';
import { isBankRail } from '../../../rails/bank/catalog/bankRails.ts';
import type { BankLeg } from '../../../rails/bank/reads.ts';
import { RETURN_REASONS, type ReturnReason } from '../../../rails/bank/reasons.ts';
import type { Context } from '../context.ts';
import { isAtBank, isBankPayout, isCash, type Transaction } from '../domain/transaction.ts';
import type {
  LegResolvers,
  TransactionEventResolvers,
  TransactionResolvers,
} from '../generated/resolvers.ts';
import type { ShownLeg } from '../store/onchainLegs.ts';
import { type CashInView, shownAs } from '../views/cash.ts';
import { destinationOf, feesOf, type LegView, moneyOf, type ReferenceView, sourceOf } from '../views.ts';
import { feesOfCashIn } from './cash/cashIn.ts';
import { shownStatusOf } from './gates/review.ts';
import { findVisible } from './ids.ts';
import { refundTransactionResolvers } from './refunds/refunds.ts';

export const transactionResolvers: TransactionResolvers = {
  __resolveReference: ({ id }, context) => findVisible(id, context),
  id: ({ id }) => formatId('txn', id),
  status: (transaction, _, context) => shownStatusOf(transaction, context),
  source: sourceOf,
  destination: destinationOf,
  amount: ({ sourceAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, sourceAmountMinor, sourceAsset),
  capturedAmount: ({ capturedAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, capturedAmountMinor, sourceAsset),
  refundedAmount: ({ refundedAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, refundedAmountMinor, sourceAsset),
  refundOf: ({ refundOf }, _, context) => load(refundOf, context),
  quote: ({ quoteId }, _, { loaders }) => (quoteId === null ? null : loaders.findQuote(quoteId)),
  cashIn: (transaction, _, context) => cashInOf(transaction, context),
  fees: async (transaction, _, context) => {
    const { quoteId } = transaction;
    const { loaders, viewer } = context;
    if (isCash(transaction) && !isClient(viewer)) {
      const paid = await cashInOf(transaction, context);
      return paid === null ? [] : feesOfCashIn(paid);
    }
    const quote = quoteId === null ? null : await loaders.findQuote(quoteId);
    return quote === null ? [] : feesOf(quote);
  },
  refunds: async ({ id }, _, { loaders }) => [...(await loaders.listRefunds(id))],
  events: async ({ id }, _, { loaders }) => [...(await loaders.listTimeline(id))],
  expectedBy: async (transaction, _, { loaders }) =>
    transaction.status === 'PROCESSING' && isBankPayout(transaction)
      ? ((await loaders.findBankLeg(transaction.id))?.expectedBy ?? null)
      : null,
  returnReason: (transaction) =>
    transaction.failureCode !== null && isAtBank(transaction) ? reasonOf(transaction.failureCode) : null,
  approval: ({ id }, _, { gates }) => gates.loaders.findApproval(id),
  review: ({ id }, _, { gates }) => gates.loaders.findReviewOf(id),
  ...refundTransactionResolvers,
  // The organization's notes are none of the payer's.
  metadata: ({ metadata }, _, { viewer }) =>
    viewer.customerId === undefined ? [...metadataPairs(metadata)] : [],
};

export const transactionEventResolvers: TransactionEventResolvers = {
  id: ({ id }) => formatId('evt', id),
  amount: ({ amountMinor, asset }, _, { assets }) =>
    amountMinor === null ? null : moneyOf(assets, amountMinor, asset),
  relatedTransaction: ({ relatedTransactionId }, _, context) => load(relatedTransactionId, context),
  chainTransaction: ({ chainTransactionId }) => chainReference(chainTransactionId),
  reason: ({ reasonCode, reasonMessage, reasonRetryable }) =>
    reasonCode === null
      ? null
      : { code: reasonCode, message: reasonMessage ?? '', retryable: reasonRetryable ?? false },
};

export const legResolvers: LegResolvers = {
  account: (leg, _, { viewer }) => (isOwnSide(leg, viewer) ? reference('acc', leg.accountId) : null),
  wallet: (leg, _, { viewer }) =>
    leg.isWallet && isOwnSide(leg, viewer) ? reference('wal', leg.accountId) : null,
  customer: (leg, _, { viewer }) =>
    leg.customerId !== null && isOwnSide(leg, viewer) ? reference('cus', leg.customerId) : null,
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  network: async (leg, _, context) => (await loadOnchain(leg, context))?.network ?? null,
  address: async (leg, _, context) => (await loadOnchain(leg, context))?.address ?? null,
  bankAccount: async (leg, _, context) => (await loadBank(leg, context))?.accountMask ?? null,
  reference: async (leg, _, context) => (await loadBank(leg, context))?.reference ?? null,
  orderId: async (leg, _, context) => (await loadBank(leg, context))?.orderId ?? null,
  externalAccount: ({ externalAccountId }, _, { viewer }) =>
    externalAccountId === null || isClient(viewer) ? null : reference('xac', externalAccountId),
  virtualAccount: async (leg, _, context) =>
    context.viewer.customerId === undefined
      ? arrivalReference('vac', (await loadBank(leg, context))?.virtualAccountId ?? null)
      : null,
  depositAddress: async (leg, _, context) =>
    context.viewer.customerId === undefined
      ? arrivalReference('dep', (await loadOnchain(leg, context))?.depositAddressId ?? null)
      : null,
  cashPickup: ({ rail, side, transactionId }, _, { loaders }) =>
    rail === 'CASH' && side === 'DESTINATION' ? loaders.cash.findPickup(transactionId) : null,
  chainTransaction: async (leg, _, context) =>
    chainReference((await loadOnchain(leg, context))?.chainTransactionId ?? null),
};

/** The CashIn that a Transaction paid; asks only where it came from a counter. */
async function cashInOf({ id, sourceRail }: Transaction, { loaders }: Context): Promise<CashInView | null> {
  const row = sourceRail === 'CASH' ? await loaders.cash.findCashInOf(id) : null;
  return row === null ? null : shownAs(row, 'LISTED');
}

/** As `loadOnchain`, for a side at a bank. */
function loadBank({ rail, transactionId }: LegView, { loaders }: Context): Promise<BankLeg | null> | null {
  return isBankRail(rail) ? loaders.findBankLeg(transactionId) : null;
}

function reasonOf(code: string): ReturnReason | 'OTHER' {
  return Object.hasOwn(RETURN_REASONS, code) ? (code as ReturnReason) : 'OTHER';
}

/** A client token is told nothing of the other side, not even whose it is. */
function isOwnSide({ customerId }: LegView, viewer: Viewer): boolean {
  return viewer.customerId === undefined || viewer.customerId === customerId;
}

/** Asks only where the side is on a chain: what stays in our own books costs no read. */
function loadOnchain(
  { rail, transactionId }: LegView,
  { loaders }: Context,
): Promise<ShownLeg | null> | null {
  return rail === 'ONCHAIN' ? loaders.findOnchainLeg(transactionId) : null;
}

function chainReference(id: Uuid | null): ReferenceView | null {
  return id === null ? null : { id: formatId('chx', id) };
}

/** Where money came in, by its public id. */
export function arrivalReference(prefix: 'vac' | 'dep', id: Uuid | null): ReferenceView | null {
  return id === null ? null : { id: formatId(prefix, id) };
}

function reference(prefix: 'acc' | 'wal' | 'cus' | 'xac', id: Uuid): ReferenceView {
  return { id: formatId(prefix, id) };
}

function load(id: Uuid | null, { loaders }: Context): Promise<Transaction | null> | null {
  return id === null ? null : loaders.findTransaction(id);
}
