import type { Address } from 'viem';
import { estimateSend, type SendEstimate } from '../../../rails/onchain/fees.ts';
import type { NetworkConfig } from '../../../rails/onchain/network.ts';
import type { ChainClient } from '../../../rails/onchain/rpc/chainReader.ts';
import { askChain, unavailable } from './askChain.ts';

export interface SendToEstimate {
  readonly network: string;
  readonly asset: string;
  readonly from: Address;
  readonly to: Address;
  readonly amountMinor: bigint;
}

/** Asks the chain what a send would cost. Safe to retry. @throws {ApiError} UNAVAILABLE */
export type EstimateSend = (send: SendToEstimate) => Promise<SendEstimate>;

/** By the fee policies of `networks`, which the signer goes by as well. */
export function createEstimateSend(
  chains: ReadonlyMap<string, ChainClient>,
  networks: readonly NetworkConfig[],
): EstimateSend {
  const configs = new Map(networks.map((network) => [network.code, network]));
  return async ({ network, ...send }) => {
    const client = chains.get(network);
    const config = configs.get(network);
    if (!client || !config) throw unavailable(network);
    return await askChain(network, () => estimateSend(client, config, send));
  };
}
