import { getAddress } from 'viem';
import { formatId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { MoneyView } from '../../../platform/scalars.ts';
import type { DifferenceRow } from '../../../rails/onchain/reads/checks.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { moneyOf } from '../domain/onchain.ts';
import type { ChainDifferenceResolvers, ReconciliationResolvers } from '../generated/resolvers.ts';

export const reconciliationResolvers: ReconciliationResolvers = {
  network: ({ network }, _, { catalogue }) => present(catalogue.networks.get(network), `network ${network}`),
  asset: ({ asset }, _, { catalogue }) => present(catalogue.assets.get(asset), `asset ${asset}`),
  expected: ({ asset, expectedMinor }, _, { catalogue }) => moneyOf(catalogue, asset, expectedMinor),
  actual: ({ asset, actualMinor }, _, { catalogue }) => moneyOf(catalogue, asset, actualMinor),
  isEqual: ({ expectedMinor, actualMinor }) => expectedMinor === actualMinor,
  blockNumber: ({ blockNumber }) => blockNumber.toString(),
};

export const chainDifferenceResolvers: ChainDifferenceResolvers = {
  id: ({ id }) => formatId('dif', id),
  network: ({ network }, _, { catalogue }) => present(catalogue.networks.get(network), `network ${network}`),
  asset: ({ asset }, _, { catalogue }) =>
    asset === null ? null : present(catalogue.assets.get(asset), `asset ${asset}`),
  address: ({ address }) => (address === null ? null : getAddress(address)),
  expected: (difference, _, { catalogue }) => amountOf(difference, difference.expectedMinor, catalogue),
  actual: (difference, _, { catalogue }) => amountOf(difference, difference.actualMinor, catalogue),
  blockNumber: ({ blockNumber }) => blockNumber.toString(),
};

function amountOf(
  { asset }: DifferenceRow,
  amountMinor: bigint | null,
  catalogue: Catalogue,
): MoneyView | null {
  return asset === null || amountMinor === null ? null : moneyOf(catalogue, asset, amountMinor);
}
