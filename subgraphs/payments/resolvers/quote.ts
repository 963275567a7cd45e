import { formatId, type Uuid } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import { formatPercent } from '../../../platform/percent.ts';
import type { Context } from '../context.ts';
import type { FeeKind } from '../domain/pricing.ts';
import type { Quote } from '../domain/quote.ts';
import { effectiveE18, formatRate, remainderOf } from '../domain/rate.ts';
import type {
  FeeResolvers,
  PlatformFeeResolvers,
  QuoteFeesResolvers,
  QuoteGasResolvers,
  QuoteRateResolvers,
  QuoteResolvers,
  QuoteSideResolvers,
} from '../generated/resolvers.ts';
import { feesOf, moneyOf, type QuoteFeesView, type QuoteSideView } from '../views.ts';
import { findVisibleQuote } from './ids.ts';

export const quoteResolvers: QuoteResolvers = {
  __resolveReference: ({ id }, context) => findVisibleQuote(id, context),
  id: ({ id }) => formatId('quo', id),
  source: (quote) => ({ quote, side: 'SOURCE' }),
  destination: (quote) => ({ quote, side: 'DESTINATION' }),
  rate: (quote) => (quote.rateE18 === null ? null : quote),
  gas: ({ gasAsset, gasMinor, gasSponsored }) =>
    gasAsset === null || gasMinor === null
      ? null
      : { asset: gasAsset, amountMinor: gasMinor, sponsored: gasSponsored },
  metadata: ({ metadata }) => [...metadataPairs(metadata)],
  transaction: ({ transactionId }, _, { loaders }) =>
    transactionId === null ? null : loaders.findTransaction(transactionId),
};

export const quoteSideResolvers: QuoteSideResolvers = {
  account: (side) => ({ id: formatId('acc', partyOf(side).accountId) }),
  wallet: (side) => {
    const { accountId, isWallet } = partyOf(side);
    return isWallet ? { id: formatId('wal', accountId) } : null;
  },
  customer: (side) => {
    const { customerId } = partyOf(side);
    return customerId === null ? null : { id: formatId('cus', customerId) };
  },
  rail: ({ quote, side }) => (side === 'SOURCE' ? quote.sourceRail : quote.destinationRail),
  network: ({ quote, side }) => (side === 'SOURCE' ? null : quote.network),
  address: ({ quote, side }) => (side === 'SOURCE' ? null : quote.toAddress),
  externalAccount: ({ quote: { externalAccountId }, side }) =>
    side === 'SOURCE' || externalAccountId === null ? null : { id: formatId('xac', externalAccountId) },
  bankAccount: ({ quote, side }) => (side === 'SOURCE' ? null : (quote.payout?.accountMask ?? null)),
  reference: ({ quote, side }) => (side === 'SOURCE' ? null : (quote.payout?.reference ?? null)),
  gross: (view, _, context) => money(view, 'Gross', context),
  net: (view, _, context) => money(view, 'Net', context),
  fees: ({ quote, side }) => ({
    items: feesOf(quote, side),
    asset: side === 'SOURCE' ? quote.sourceAsset : quote.destinationAsset,
  }),
};

function partyOf({ quote, side }: QuoteSideView): {
  readonly accountId: Uuid;
  readonly isWallet: boolean;
  readonly customerId: Uuid | null;
} {
  return side === 'SOURCE'
    ? {
        accountId: quote.sourceAccountId,
        isWallet: quote.sourceIsWallet,
        customerId: quote.sourceCustomerId,
      }
    : {
        accountId: quote.destinationAccountId,
        isWallet: quote.destinationIsWallet,
        customerId: quote.destinationCustomerId,
      };
}

function money({ quote, side }: QuoteSideView, part: 'Gross' | 'Net', { assets }: Context) {
  return side === 'SOURCE'
    ? moneyOf(assets, quote[`source${part}Minor`], quote.sourceAsset)
    : moneyOf(assets, quote[`destination${part}Minor`], quote.destinationAsset);
}

export const quoteFeesResolvers: QuoteFeesResolvers = {
  items: ({ items }) => [...items],
  total: (fees, _, context) => sum(fees, null, context),
  platform: (fees, _, context) => sum(fees, 'PLATFORM', context),
  developer: (fees, _, context) => sum(fees, 'DEVELOPER', context),
  gas: (fees, _, context) => sum(fees, 'GAS', context),
};

function sum({ items, asset }: QuoteFeesView, kind: FeeKind | null, { assets }: Context) {
  const counted = items.filter((fee) => kind === null || fee.kind === kind);
  const amountMinor = counted.reduce((total, fee) => total + fee.amountMinor, 0n);
  return moneyOf(assets, amountMinor, asset);
}

export const feeResolvers: FeeResolvers = {
  amount: ({ amountMinor, asset }, _, { assets }) => moneyOf(assets, amountMinor, asset),
  flat: ({ flatMinor, asset }, _, { assets }) =>
    flatMinor === 0n ? null : moneyOf(assets, flatMinor, asset),
  percent: ({ partsPerMillion }) => formatPercent(partsPerMillion),
  account: ({ accountId }) => ({ id: formatId('acc', accountId) }),
};

function scales({ sourceAsset, destinationAsset }: Quote, { assets }: Context) {
  const [from, to] = [assets.get(sourceAsset), assets.get(destinationAsset)];
  return [present(from, `asset ${sourceAsset}`), present(to, `asset ${destinationAsset}`)] as const;
}

const e18Of = ({ rateE18 }: Quote): bigint => present(rateE18, 'the rate of a conversion');

export const quoteRateResolvers: QuoteRateResolvers = {
  pair: ({ sourceAsset, destinationAsset }) => `${sourceAsset}/${destinationAsset}`,
  exchangeRate: (quote) => formatRate(e18Of(quote)),
  effectiveRate: (quote, _, context) => {
    const [from, to] = scales(quote, context);
    return formatRate(effectiveE18(quote.sourceGrossMinor, quote.destinationNetMinor, from, to));
  },
  remainder: (quote, _, context) => {
    const [from, to] = scales(quote, context);
    return remainderOf(quote.sourceNetMinor, e18Of(quote), quote.destinationGrossMinor, from, to);
  },
  provider: ({ rateProvider }) => present(rateProvider, 'the provider of a rate'),
  asOf: ({ rateAsOf }) => present(rateAsOf, 'the time of a rate'),
};

export const quoteGasResolvers: QuoteGasResolvers = {
  estimate: ({ asset, amountMinor }, _, { assets }) => moneyOf(assets, amountMinor, asset),
};

export const platformFeeResolvers: PlatformFeeResolvers = {
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  flat: ({ flatMinor, asset }, _, { assets }) =>
    flatMinor === 0n ? null : moneyOf(assets, flatMinor, asset),
  percent: ({ partsPerMillion }) => formatPercent(partsPerMillion),
};
