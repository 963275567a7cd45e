import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import { requireScope } from '../../../../platform/graphql.ts';
import { formatId, parseId } from '../../../../platform/id.ts';
import { metadataPairs } from '../../../../platform/inputs.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Context } from '../../context.ts';
import { type PayoutBatch, sumOf } from '../../domain/payouts/payoutBatch.ts';
import { hasTransaction, PAYOUT_ITEM_STATUSES } from '../../domain/payouts/payoutItem.ts';
import type { PayoutBatchResolvers, PayoutItemResolvers, QueryResolvers } from '../../generated/resolvers.ts';
import { listPayoutBatches } from '../../store/payouts/findPayouts.ts';
import { type TallyView, tallyOf } from '../../views/payouts.ts';
import { moneyOf } from '../../views.ts';

export const payoutQueries: Pick<QueryResolvers, 'payoutBatch' | 'payoutBatches'> = {
  payoutBatch: (_, { id }, context) => findBatch(id, context),
  payoutBatches: async (_, args, { reads, viewer }) => {
    const page = readUuidPage(args);
    const rows =
      viewer.customerId === undefined ? await listPayoutBatches(reads, viewer.organizationId, page) : [];
    return toConnection(rows, page, ({ id }) => id);
  },
};

/** The PayoutBatch behind a public id. A malformed id, an unknown one and another organization's are all null. */
export async function findBatch(id: string, { payouts, viewer }: Context): Promise<PayoutBatch | null> {
  requireScope(viewer, 'transactions:read');
  const uuid = parseId('bat', id);
  return uuid === null ? null : payouts.loaders.findBatch(uuid);
}

type Status = keyof PayoutBatch['tallies'];

const tally =
  (status: Status) =>
  ({ tallies, asset }: PayoutBatch, _: unknown, { assets }: Context): TallyView =>
    tallyOf(assets, tallies[status], asset);

export const payoutBatchResolvers: PayoutBatchResolvers = {
  __resolveReference: ({ id }, context) => findBatch(id, context),
  id: ({ id }) => formatId('bat', id),
  source: ({ sourceAccountId }) => ({ id: formatId('acc', sourceAccountId) }),
  wallet: ({ sourceAccountId, sourceIsWallet }) =>
    sourceIsWallet ? { id: formatId('wal', sourceAccountId) } : null,
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  total: ({ tallies, asset }, _, { assets }) => tallyOf(assets, sumOf(Object.values(tallies)), asset),
  approval: ({ id }, _, { gates }) => gates.loaders.findApproval(id),
  pending: tally('PENDING'),
  processing: tally('PROCESSING'),
  completed: tally('COMPLETED'),
  failed: tally('FAILED'),
  canceled: tally('CANCELED'),
  items: async ({ id, tallies, asset }, { statuses, ...args }, { payouts, assets }) => {
    const wanted = [...new Set(statuses ?? PAYOUT_ITEM_STATUSES)];
    const total = sumOf(wanted.map((status) => tallies[status]));
    return {
      ...(await payouts.loaders.listItems(id, wanted, args)),
      totalCount: total.count,
      totalAmount: moneyOf(assets, total.amountMinor, asset),
    };
  },
};

export const payoutItemResolvers: PayoutItemResolvers = {
  __resolveReference: ({ id }, { payouts, viewer }) => {
    requireScope(viewer, 'transactions:read');
    const uuid = parseId('pay', id);
    return uuid === null ? null : payouts.loaders.findItem(uuid);
  },
  id: ({ id }) => formatId('pay', id),
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  destination: ({ destinationAccountId }) =>
    destinationAccountId === null ? null : { id: formatId('acc', destinationAccountId) },
  destinationExternalAccount: ({ destinationExternalAccountId: id }) =>
    id === null ? null : { id: formatId('xac', id) },
  destinationBankAccount: ({ payout }) => payout?.accountMask ?? null,
  reference: ({ payout }) => payout?.reference ?? null,
  // An item that failed may have one, too: one that was made and came to nothing.
  transaction: (item, _, { loaders }) =>
    hasTransaction(item) || item.status === 'FAILED' ? loaders.findTransaction(item.id) : null,
  failure: ({ failureCode, failureMessage, failureRetryable }) =>
    failureCode === null
      ? null
      : { code: failureCode, message: failureMessage ?? '', retryable: failureRetryable ?? false },
  metadata: ({ metadata }) => [...metadataPairs(metadata)],
};
