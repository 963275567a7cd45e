import { requireScope } from '../../platform/graphql.ts';
import { parseId, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { commonResolvers } from '../../platform/scalars.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { attemptResolvers, chainTransactionResolvers } from './resolvers/chainTransaction.ts';
import { chainDifferenceResolvers, reconciliationResolvers } from './resolvers/checks.ts';
import { depositAddressResolvers } from './resolvers/depositAddress.ts';
import { mutationResolvers } from './resolvers/mutation.ts';
import { networkContractResolvers, networkHealthResolvers, networkResolvers } from './resolvers/network.ts';
import { queryResolvers } from './resolvers/query.ts';
import { walletResolvers } from './resolvers/wallet.ts';
import { accountView, customerView, type ReferenceView } from './views.ts';

/** Scope that each root field needs; the descriptions in schema/wallets.graphql name the same. */
export const SCOPES: Readonly<Record<string, string | null>> = {
  'Query.assets': null,
  'Query.networks': null,
  'Query.wallet': 'wallets:read',
  'Query.wallets': 'wallets:read',
  'Query.chainTransaction': 'wallets:read',
  'Query.chainTransactions': 'wallets:read',
  'Query.estimateSend': 'wallets:read',
  'Query.reconciliations': 'wallets:read',
  'Query.chainDifferences': 'wallets:read',
  'Query.depositAddress': 'wallets:read',
  'Query.depositAddresses': 'wallets:read',
  'Mutation.createDepositAddress': 'wallets:write',
  'Mutation.pauseDepositAddress': 'wallets:write',
  'Mutation.resumeDepositAddress': 'wallets:write',
  'Mutation.closeDepositAddress': 'wallets:write',
  'Mutation.createWallet': 'wallets:write',
  'Mutation.fundSandbox': 'sandbox:write',
};

export const resolvers: Resolvers = {
  ...commonResolvers,
  Query: queryResolvers,
  Mutation: mutationResolvers,
  Asset: {
    __resolveReference: ({ code }, { catalogue }) => catalogue.assets.get(code) ?? null,
    name: ({ code }, _, { catalogue }) => present(catalogue.assets.get(code), `asset ${code}`).name,
    networks: ({ code }, _, { catalogue }) => [...(catalogue.networksByAsset.get(code) ?? [])],
  },
  Network: networkResolvers,
  NetworkContract: networkContractResolvers,
  NetworkHealth: networkHealthResolvers,
  Wallet: walletResolvers,
  DepositAddress: depositAddressResolvers,
  OnchainBalance: { blockNumber: ({ blockNumber }) => blockNumber.toString() },
  ChainTransaction: chainTransactionResolvers,
  Attempt: attemptResolvers,
  SendEstimate: {
    gasLimit: ({ gasLimit }) => gasLimit.toString(),
    maxFeePerGasWei: ({ maxFeePerGasWei }) => maxFeePerGasWei.toString(),
  },
  Reconciliation: reconciliationResolvers,
  ChainDifference: chainDifferenceResolvers,
  Account: {
    __resolveReference: ({ id }) => referenceView(parseId('acc', id), accountView),
    wallet: ({ uuid }, _, context) => {
      requireScope(context.viewer, 'wallets:read');
      return context.loaders.findWallet(uuid);
    },
  },
  Customer: {
    __resolveReference: ({ id }) => referenceView(parseId('cus', id), customerView),
    wallets: ({ uuid }, args, context) => {
      requireScope(context.viewer, 'wallets:read');
      return context.loaders.listWalletsOfCustomer(uuid, args);
    },
  },
};

/** Whether it exists, its own subgraph knows; here it only carries what hangs on it. */
function referenceView(uuid: Uuid | null, view: (uuid: Uuid) => ReferenceView): ReferenceView | null {
  return uuid === null ? null : view(uuid);
}
