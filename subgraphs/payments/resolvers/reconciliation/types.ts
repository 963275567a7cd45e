import { formatId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { BankBalanceView } from '../../../../rails/bank/statements/readBalances.ts';
import type { Context } from '../../context.ts';
import type {
  BankBalanceResolvers,
  BankBookingResolvers,
  BankStatementResolvers,
  ReconciliationItemResolvers,
  SuspenseAgeResolvers,
} from '../../generated/resolvers.ts';
import { moneyOf } from '../../views.ts';

const moneyOrNull = (assets: Context['assets'], amountMinor: bigint | null, asset: string) =>
  amountMinor === null ? null : moneyOf(assets, amountMinor, asset);

export const reconciliationItemResolvers: ReconciliationItemResolvers = {
  id: ({ id }) => formatId('rit', id),
  status: ({ closedAt }) => (closedAt === null ? 'OPEN' : 'CLOSED'),
  difference: ({ differenceMinor, asset }, _, { assets }) =>
    differenceMinor === null || asset === null || !assets.has(asset)
      ? null
      : moneyOf(assets, differenceMinor, asset),
  booking: ({ line }) => line,
  transaction: ({ transactionId }, _, { loaders }) =>
    transactionId === null ? null : loaders.findTransaction(transactionId),
};

export const bankBookingResolvers: BankBookingResolvers = {
  id: ({ id }) => formatId('bbk', id),
  bankId: ({ key }) => key,
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  counterparty: ({ counterpartyMask }) => counterpartyMask,
  inSuspense: ({ suspendedMinor, asset }, _, { assets }) => moneyOrNull(assets, suspendedMinor, asset),
  assignedTransaction: ({ assignedTransactionId }, _, { loaders }) =>
    assignedTransactionId === null ? null : loaders.findTransaction(assignedTransactionId),
};

export const bankStatementResolvers: BankStatementResolvers = {
  id: ({ id }) => formatId('bst', id),
  statementId: ({ key }) => key,
  bookingCount: ({ lineCount }) => lineCount,
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  opening: ({ openingMinor, asset }, _, { assets }) => moneyOrNull(assets, openingMinor, asset),
  closing: ({ closingMinor, asset }, _, { assets }) => moneyOrNull(assets, closingMinor, asset),
};

export const bankBalanceResolvers: BankBalanceResolvers = {
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  theirs: ({ theirsMinor, asset }, _, { assets }) => moneyOrNull(assets, theirsMinor, asset),
  before: ({ beforeMinor, asset }, _, { assets }) => moneyOf(assets, beforeMinor, asset),
  ours: ({ oursMinor, asset }, _, { assets }) => moneyOf(assets, oursMinor, asset),
  unexplained: ({ unexplainedMinor, asset }, _, { assets }) => moneyOf(assets, unexplainedMinor, asset),
  underWay: ({ underWayMinor, asset }, _, { assets }) => moneyOf(assets, underWayMinor, asset),
  missing: (balance, _, { assets }) => moneyOrNull(assets, missingMinor(balance), balance.asset),
};

function missingMinor(balance: BankBalanceView): bigint | null {
  const { theirsMinor, beforeMinor, oursMinor, unexplainedMinor } = balance;
  return theirsMinor === null ? null : theirsMinor - beforeMinor - oursMinor - unexplainedMinor;
}

export const suspenseAgeResolvers: SuspenseAgeResolvers = {
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
};
