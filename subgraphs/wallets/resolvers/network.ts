import { getAddress } from 'viem';
import { present } from '../../../platform/invariant.ts';
import { isClient } from '../../../platform/viewer.ts';
import type { ConnectedNetwork } from '../../../rails/onchain/reads/networks.ts';
import type { Context } from '../context.ts';
import type { CatalogueNetwork } from '../domain/catalogue.ts';
import { moneyOf } from '../domain/onchain.ts';
import type {
  NetworkContractResolvers,
  NetworkHealthResolvers,
  NetworkResolvers,
} from '../generated/resolvers.ts';

export const networkResolvers: NetworkResolvers = {
  assets: ({ assets }) => [...assets],
  isConnected: async (network, _, context) => (await connected(network, context)) !== null,
  chainId: async (network, _, context) => (await connected(network, context))?.chainId.toString() ?? null,
  explorerUrl: async (network, _, context) => (await connected(network, context))?.explorerUrl ?? null,
  nativeAsset: async (network, _, context) => {
    const code = (await connected(network, context))?.nativeAsset;
    return code === undefined ? null : present(context.catalogue.assets.get(code), `asset ${code}`);
  },
  multisend: async (network, _, context) => {
    const address = (await connected(network, context))?.multisend ?? null;
    return address === null ? null : getAddress(address);
  },
  contracts: async (network, _, context) => [...((await connected(network, context))?.assets ?? [])],
  confirmations: async (network, _, context) => {
    const steps = (await connected(network, context))?.finalitySteps ?? [];
    return steps.map(({ belowMinor, confirmationsMin }) => ({
      belowMinor: belowMinor?.toString() ?? null,
      confirmations: confirmationsMin,
    }));
  },
  health: (network, _, context) => connected(network, context),
};

export const networkContractResolvers: NetworkContractResolvers = {
  asset: ({ asset }, _, { catalogue }) => present(catalogue.assets.get(asset), `asset ${asset}`),
  contract: ({ contract }) => (contract === null ? null : getAddress(contract)),
  decimals: ({ scale }) => scale,
  depositMinimum: ({ asset, depositMinimumMinor }, _, { catalogue }) =>
    moneyOf(catalogue, asset, depositMinimumMinor),
};

export const networkHealthResolvers: NetworkHealthResolvers = {
  headNumber: ({ headNumber }) => headNumber?.toString() ?? null,
  safeNumber: ({ safeNumber }) => safeNumber?.toString() ?? null,
  finalizedNumber: ({ finalizedNumber }) => finalizedNumber?.toString() ?? null,
  followedNumber: ({ followedNumber }) => followedNumber?.toString() ?? null,
  blocksBehind: ({ headNumber, followedNumber }) => {
    if (headNumber === null || followedNumber === null) return null;
    return (headNumber > followedNumber ? headNumber - followedNumber : 0n).toString();
  },
  // Whom we ask is for those who run servers of their own, not for a payer's browser.
  endpoints: ({ endpoints }, _, { viewer }) =>
    (isClient(viewer) ? [] : endpoints).map(({ name, status, latencyMs, blocksBehind }) => ({
      name,
      status,
      latencyMs: latencyMs === null ? null : Math.round(latencyMs),
      blocksBehind,
    })),
};

/** As the database has it at this moment, not longer remembered than one request. */
async function connected({ code }: CatalogueNetwork, { loaders }: Context): Promise<ConnectedNetwork | null> {
  return loaders.chain.findNetwork(code);
}
