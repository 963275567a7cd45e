import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import { requireScope } from '../../../../platform/graphql.ts';
import { formatId, parseId, type Uuid } from '../../../../platform/id.ts';
import { metadataPairs } from '../../../../platform/inputs.ts';
import { present } from '../../../../platform/invariant.ts';
import { isClient, requireWholeOrganization } from '../../../../platform/viewer.ts';
import { CASH_NETWORKS, REFRESHES_MAX } from '../../../../rails/cash/networks.ts';
import { listCashReceipts } from '../../../../rails/cash/reads.ts';
import type { Context } from '../../context.ts';
import type {
  CashInResolvers,
  CashNetworkResolvers,
  CashPickupResolvers,
  CashReceiptResolvers,
  CashTermsResolvers,
  QueryResolvers,
} from '../../generated/resolvers.ts';
import { listCashIns } from '../../store/cash/findCashIns.ts';
import { type CashInView, shownAs } from '../../views/cash.ts';
import { moneyOf } from '../../views.ts';
import { filterId } from '../ids.ts';
import { codeOf, maySeeCode, maySeePersonal, recipientOf } from './code.ts';

type CashQuery = 'cashNetworks' | 'cashIn' | 'cashIns' | 'cashReceipts';

export const cashQueries: Pick<QueryResolvers, CashQuery> = {
  cashNetworks: () => [...CASH_NETWORKS],
  cashIn: (_, { id }, context) => findVisibleCashIn(parseId('csh', id), context),
  async cashIns(_, args, { reads, viewer }) {
    const page = readUuidPage(args);
    const customerId = filterId('cus', args.filter?.customerId);
    const isOthers =
      viewer.customerId !== undefined && customerId !== undefined && customerId !== viewer.customerId;
    const conditions = { customerId: customerId ?? null, statuses: args.filter?.statuses ?? null };
    const isNone = customerId === null || isOthers;
    const rows = isNone ? [] : await listCashIns(reads, viewer, conditions, page);
    return toConnection(
      rows.map((row) => shownAs(row, 'LISTED')),
      page,
      ({ id }) => id,
    );
  },
  async cashReceipts(_, args, { reads, viewer }) {
    // A receipt may be nobody's: no client token sees the list.
    requireWholeOrganization(viewer);
    const page = readUuidPage(args);
    const rows = await listCashReceipts(reads, viewer.organizationId, page, args.unassigned ?? false);
    return toConnection(rows, page, ({ id }) => id);
  },
};

/** Null for what the Viewer may not see. */
export async function findVisibleCashIn(id: Uuid | null, { loaders }: Context): Promise<CashInView | null> {
  const row = id === null ? null : await loaders.cash.findCashIn(id);
  return row === null ? null : shownAs(row, 'SINGLE');
}

export const cashInResolvers: CashInResolvers = {
  __resolveReference: ({ id }, context) => {
    requireScope(context.viewer, 'transactions:read');
    return findVisibleCashIn(parseId('csh', id), context);
  },
  id: ({ id }) => formatId('csh', id),
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  net: ({ amountMinor, feeMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor - feeMinor, asset),
  fees: (cashIn, _, { viewer }) => (isClient(viewer) ? [] : feesOfCashIn(cashIn)),
  account: ({ accountId }) => ({ id: formatId('acc', accountId) }),
  wallet: ({ accountId, accountIsWallet }) => (accountIsWallet ? { id: formatId('wal', accountId) } : null),
  customer: ({ customerId }) => (customerId === null ? null : { id: formatId('cus', customerId) }),
  code: (cashIn, _, context) =>
    cashIn.status === 'OPEN' && maySeeCode(cashIn, context.viewer) ? codeOf(cashIn.orderId, context) : null,
  codeMask: ({ status, codeMask }) => (status === 'OPEN' ? codeMask : null),
  refreshesLeft: ({ refreshes }) => REFRESHES_MAX - refreshes,
  cancelAsked: ({ isCancelAsked }) => isCancelAsked,
  transaction: ({ transactionId }, _, { loaders }) =>
    transactionId === null ? null : loaders.findTransaction(transactionId),
  // The organization's notes are none of the payer's.
  externalId: ({ externalId }, _, { viewer }) => (isClient(viewer) ? null : externalId),
  metadata: ({ metadata }, _, { viewer }) => (isClient(viewer) ? [] : [...metadataPairs(metadata)]),
};

/** What is charged of a CashIn, for the organization's FEES account. */
export function feesOfCashIn(cashIn: CashInView) {
  const { feeMinor: amountMinor, feeFlatMinor: flatMinor, feesAccountId: accountId, asset } = cashIn;
  const { feePartsPerMillion: partsPerMillion } = cashIn;
  if (amountMinor === 0n) return [];
  return [
    { kind: 'PLATFORM', side: 'SOURCE', accountId, asset, amountMinor, flatMinor, partsPerMillion } as const,
  ];
}

export const cashNetworkResolvers: CashNetworkResolvers = {
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  cashIn: ({ cashIn, asset }) => (cashIn === null ? null : { ...cashIn, asset, waitsDays: null }),
  pickup: ({ pickup, asset }) => (pickup === null ? null : { ...pickup, asset }),
};

/** Of a million: a hundredth of a percent has four digits less. */
const PERCENT_DIGITS = 4;

export const cashTermsResolvers: CashTermsResolvers = {
  min: ({ amountMinorMin, asset }, _, { assets }) => moneyOf(assets, amountMinorMin, asset),
  max: ({ amountMinorMax, asset }, _, { assets }) => moneyOf(assets, amountMinorMax, asset),
  feeFlat: ({ feeFlatMinor, asset }, _, { assets }) =>
    feeFlatMinor === 0n ? null : moneyOf(assets, feeFlatMinor, asset),
  feePercent: ({ feePartsPerMillion }) => {
    if (feePartsPerMillion === 0n) return null;
    const digits = feePartsPerMillion.toString().padStart(PERCENT_DIGITS + 1, '0');
    const text = `${digits.slice(0, -PERCENT_DIGITS)}.${digits.slice(-PERCENT_DIGITS)}`;
    return text.replace(/\.?0{1,4}$/, '');
  },
};

export const cashReceiptResolvers: CashReceiptResolvers = {
  id: ({ id }) => formatId('crc', id),
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  cashIn: async ({ cashInId }, _, { loaders }) => {
    const row = cashInId === null ? null : await loaders.cash.findCashIn(cashInId);
    return row === null ? null : shownAs(row, 'LISTED');
  },
  account: ({ accountId }) => (accountId === null ? null : { id: formatId('acc', accountId) }),
  transaction: ({ transactionId }, _, { loaders }) =>
    transactionId === null ? null : loaders.findTransaction(transactionId),
};

export const cashPickupResolvers: CashPickupResolvers = {
  orderId: ({ id }) => id,
  recipientName: (pickup, _, context) => {
    if (isClient(context.viewer)) return null;
    return maySeePersonal(context.viewer) ? recipientOf(pickup.id, context) : pickup.recipientMask;
  },
  code: ({ id }, _, context) => (maySeePersonal(context.viewer) ? codeOf(id, context) : null),
};
