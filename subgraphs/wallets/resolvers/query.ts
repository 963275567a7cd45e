import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { parseId } from '../../../platform/id.ts';
import { requireWholeOrganization } from '../../../platform/viewer.ts';
import { listDifferences, listReconciliations } from '../../../rails/onchain/reads/checks.ts';
import {
  type ChainTransactionConditions,
  listChainTransactions,
} from '../../../rails/onchain/reads/listChainTransactions.ts';
import type { Context } from '../context.ts';
import type { QueryChainTransactionsArgs, QueryResolvers, QueryWalletsArgs } from '../generated/resolvers.ts';
import { listWallets, type WalletConditions } from '../store/listWallets.ts';
import type { ChainTransactionConnectionView, WalletConnectionView } from '../views.ts';
import { findChainTransaction, findWallet } from './byId.ts';
import { findDepositAddress, pageOfDepositAddresses } from './depositAddress.ts';
import { estimateSend } from './estimateSend.ts';

const HASH_FORM = /^0x[0-9a-f]{64}$/;

export const queryResolvers: QueryResolvers = {
  assets: (_, __, { catalogue }) => [...catalogue.assets.values()],
  networks: (_, __, { catalogue }) => [...catalogue.networks.values()],
  wallet: (_, { id }, context) => findWallet(id, context),
  wallets: (_, args, context) => listVisibleWallets(args, context),
  depositAddress: (_, { id }, context) => findDepositAddress(id, context),
  depositAddresses: (_, args, context) => pageOfDepositAddresses(args, context),
  chainTransaction: (_, { id }, context) => findChainTransaction(id, context),
  chainTransactions: (_, args, context) => listVisibleChainTransactions(args, context),
  estimateSend: (_, { input }, context) => estimateSend(input, context),
  reconciliations: async (_, __, { reads, viewer }) => {
    requireWholeOrganization(viewer);
    return [...(await listReconciliations(reads, viewer.organizationId))];
  },
  chainDifferences: async (_, { openOnly, ...args }, { reads, viewer }) => {
    requireWholeOrganization(viewer);
    const page = readUuidPage(args);
    const rows = await listDifferences(reads, viewer.organizationId, openOnly ?? true, page);
    return toConnection(rows, page, ({ id }) => id);
  },
};

async function listVisibleWallets(args: QueryWalletsArgs, context: Context): Promise<WalletConnectionView> {
  const page = readUuidPage(args);
  const conditions = conditionsOf(args, context);
  const rows =
    conditions === null
      ? []
      : await listWallets(context.reads, context.viewer.organizationId, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}

/** Null when no Wallet can meet them: an id that is none, or a client token that asks for somebody else's. */
function conditionsOf({ filter }: QueryWalletsArgs, { viewer }: Context): WalletConditions | null {
  const asked = filter?.customerId == null ? undefined : parseId('cus', filter.customerId);
  const customerId = asked === undefined ? viewer.customerId : asked;
  if (customerId === null) return null;
  if (viewer.customerId !== undefined && viewer.customerId !== customerId) return null;
  return {
    ...(customerId === undefined ? {} : { customerId }),
    ...(filter?.network == null ? {} : { network: filter.network }),
    ...(filter?.asset == null ? {} : { asset: filter.asset }),
  };
}

async function listVisibleChainTransactions(
  { filter, ...args }: QueryChainTransactionsArgs,
  context: Context,
): Promise<ChainTransactionConnectionView> {
  const { reads, viewer, loaders, catalogue } = context;
  const page = readUuidPage(args);
  const hash = filter?.hash?.toLowerCase();
  // What can name nothing is not asked for.
  const isKnown =
    (filter?.network == null || catalogue.networks.has(filter.network)) &&
    (hash === undefined || HASH_FORM.test(hash));
  if (!isKnown) return toConnection([], page, () => '');
  const accountIds = await loaders.chain.visibleAccountIds();
  const conditions: ChainTransactionConditions = {
    ...(filter?.network == null ? {} : { network: filter.network }),
    ...(filter?.direction == null ? {} : { direction: filter.direction }),
    ...(filter?.state == null ? {} : { state: filter.state }),
    ...(hash === undefined ? {} : { hash }),
    ...(filter?.inSuspense === true ? { inSuspense: true } : {}),
    ...(accountIds === null ? {} : { accountIds }),
  };
  const rows = await listChainTransactions(reads, viewer.organizationId, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}
