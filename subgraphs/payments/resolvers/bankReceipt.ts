import { formatId } from '../../../platform/id.ts';
import type { BankReceiptResolvers } from '../generated/resolvers.ts';
import { moneyOf } from '../views.ts';
import { arrivalReference } from './transaction.ts';

export const bankReceiptResolvers: BankReceiptResolvers = {
  id: ({ id }) => formatId('rcp', id),
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  payer: ({ payerMask }) => payerMask,
  account: ({ accountId }) => (accountId === null ? null : { id: formatId('acc', accountId) }),
  virtualAccount: ({ virtualAccountId }) => arrivalReference('vac', virtualAccountId),
  transaction: ({ transactionId }, _, { loaders }) =>
    transactionId === null ? null : loaders.findTransaction(transactionId),
};
