import { getAddress } from 'viem';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { ChainTransactionRow } from '../../../rails/onchain/reads/chainTransaction.ts';
import type { ConnectedNetwork } from '../../../rails/onchain/reads/networks.ts';
import type { Context } from '../context.ts';
import { confirmationsOf, confirmationsWanted, explorerUrlOf, moneyOf } from '../domain/onchain.ts';
import type { AttemptResolvers, ChainTransactionResolvers } from '../generated/resolvers.ts';
import { findChainTransaction } from './byId.ts';

export const chainTransactionResolvers: ChainTransactionResolvers = {
  __resolveReference: ({ id }, context) => {
    requireScope(context.viewer, 'wallets:read');
    return findChainTransaction(id, context);
  },
  id: ({ id }) => formatId('chx', id),
  network: ({ network }, _, { catalogue }) => present(catalogue.networks.get(network), `network ${network}`),
  fromAddress: ({ fromAddress }) => getAddress(fromAddress),
  toAddress: ({ toAddress }) => (toAddress === null ? null : getAddress(toAddress)),
  amount: ({ asset, amountMinor }, _, { catalogue }) =>
    asset === null || amountMinor === null ? null : moneyOf(catalogue, asset, amountMinor),
  nonce: ({ nonce }) => nonce?.toString() ?? null,
  isFinal: ({ state }) => state === 'FINAL',
  blockNumber: ({ blockNumber }) => blockNumber?.toString() ?? null,
  confirmations: async (row, _, context) => confirmationsOf(row, await networkOf(row, context)),
  confirmationsWanted: async (row, _, context) => confirmationsWanted(row, await networkOf(row, context)),
  fee: async (row, _, context) => {
    if (row.feeWei === null) return null;
    const network = await networkOf(row, context);
    return network && moneyOf(context.catalogue, network.nativeAsset, row.feeWei);
  },
  explorerUrl: async (row, _, context) => explorerUrlOf(await networkOf(row, context), row.hash),
  depositAddress: ({ depositAddressId }, _, { loaders }) =>
    depositAddressId === null ? null : loaders.findDepositAddress(depositAddressId),
  attempts: async (row, _, { loaders }) => {
    if (row.direction === 'IN') return [];
    return (await loaders.chain.findAttempts(row.id)).map((attempt) => ({ ...attempt, of: row }));
  },
};

export const attemptResolvers: AttemptResolvers = {
  maxFeePerGasWei: ({ maxFeePerGasWei }) => maxFeePerGasWei.toString(),
  maxPriorityFeePerGasWei: ({ maxPriorityFeePerGasWei }) => maxPriorityFeePerGasWei.toString(),
  explorerUrl: async ({ hash, of }, _, context) => explorerUrlOf(await networkOf(of, context), hash),
  isIncluded: ({ hash, of }) => of.blockNumber !== null && hash !== null && hash === of.hash,
};

async function networkOf(
  { network }: ChainTransactionRow,
  { loaders }: Context,
): Promise<ConnectedNetwork | null> {
  return loaders.chain.findNetwork(network);
}
