import { getAddress } from 'viem';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Context } from '../context.ts';
import { moneyOf } from '../domain/onchain.ts';
import type { WalletResolvers } from '../generated/resolvers.ts';
import type { WalletRow } from '../store/rows.ts';
import { accountView, customerView, type OnchainBalanceView } from '../views.ts';
import { findWallet } from './byId.ts';

export const walletResolvers: WalletResolvers = {
  __resolveReference: ({ id }, context) => {
    requireScope(context.viewer, 'wallets:read');
    return findWallet(id, context);
  },
  id: ({ id }) => formatId('wal', id),
  account: ({ id }) => accountView(id),
  customer: ({ customerId }) => (customerId === null ? null : customerView(customerId)),
  network: ({ network }, _, { catalogue }) => present(catalogue.networks.get(network), `network ${network}`),
  asset: ({ asset }, _, { catalogue }) => present(catalogue.assets.get(asset), `asset ${asset}`),
  address: async (wallet, _, context) => {
    const address = await addressOf(wallet, context);
    return address === null ? null : getAddress(address);
  },
  onchainBalance: (wallet, _, context) => onchainBalanceOf(wallet, context),
  depositAddresses: ({ id }, args, { loaders }) => loaders.listDepositAddressesOf(id, args),
  chainTransactions: ({ id }, args, { loaders }) => loaders.chain.listDepositsOfWallet(id, args),
};

/** Lower case. Where there is no chain, nobody is asked for an address. */
async function addressOf(
  { id, network }: WalletRow,
  { catalogue, loaders }: Context,
): Promise<string | null> {
  return catalogue.networks.get(network)?.kind === 'EVM' ? loaders.chain.findAddress(id) : null;
}

async function onchainBalanceOf(wallet: WalletRow, context: Context): Promise<OnchainBalanceView | null> {
  const { loaders, catalogue } = context;
  const address = await addressOf(wallet, context);
  if (address === null) return null;
  const network = await loaders.chain.findNetwork(wallet.network);
  const carried = network?.assets.find(({ asset }) => asset === wallet.asset);
  if (!network || !carried) return null;
  const { amountMinor, blockNumber, asOf } = await loaders.chain.findBalance({
    network,
    contract: carried.contract,
    owner: address,
  });
  return { amount: moneyOf(catalogue, wallet.asset, amountMinor), blockNumber, asOf };
}
