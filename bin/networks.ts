import { readFile } from 'node:fs/promises';
import { type Config, ConfigError } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { NetworkConfig } from '../rails/onchain/network.ts';
import { readNetworks } from '../rails/onchain/networks/readNetworks.ts';
import { createChainClient } from '../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../rails/onchain/rpc/chainReader.ts';
import type { Closers } from './closers.ts';

/** A Network that the configuration names, and the way to it. */
export interface OpenNetwork {
  readonly network: NetworkConfig;
  readonly client: ChainClient;
}

/** The Networks that this deployment is connected to. @throws {NetworksError | ConfigError} with every fault */
export async function configuredNetworks(config: Config): Promise<readonly NetworkConfig[]> {
  return readNetworks(config.rpcUrls, await readOverrides(config.networksFile));
}

/** Each with a client, which asks nothing before it is used. */
export async function openNetworks(parts: {
  readonly config: Config;
  readonly logger: Logger;
  readonly closers: Closers;
}): Promise<readonly OpenNetwork[]> {
  const { config, logger, closers } = parts;
  const networks = await configuredNetworks(config);
  return networks.map((network) => {
    const { code, rpcUrls, chainId } = network;
    return { network, client: closers.add(createChainClient({ network: code, rpcUrls, chainId, logger })) };
  });
}

async function readOverrides(path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`OMSX_NETWORKS_FILE cannot be read as JSON (${code ?? 'not JSON'})`]);
  }
}
