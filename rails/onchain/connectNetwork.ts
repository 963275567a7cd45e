import { type Address, encodeFunctionData } from 'viem';
import { multisendAbi } from './contracts/Multisend.ts';
import type { NetworkAsset, NetworkConfig } from './network.ts';
import type { ChainClient } from './rpc/chainReader.ts';
import { callToken, readTokenDomain, type TokenDomain, TokenDomainError } from './tokenDomain.ts';

/** A Network whose chain is what its configuration says. */
export interface ConnectedNetwork {
  readonly config: NetworkConfig;
  readonly client: ChainClient;
  /** Of each asset with authorizations, by its code. */
  readonly domains: ReadonlyMap<string, TokenDomain>;
}

/** The chain is another than the configuration describes. Lists everything; retrying changes nothing. */
export class NetworkMismatchError extends Error {
  override readonly name = 'NetworkMismatchError';
  readonly faults: readonly string[];

  constructor(code: string, faults: readonly string[]) {
    super(`${code} is not as configured:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Compares a Network's configuration with its chain, before anything is followed or sent there.
 *
 * @throws {NetworkMismatchError} with all that is wrong
 * @throws {ChainUnreachableError} safe to retry
 */
export async function connectNetwork(config: NetworkConfig, client: ChainClient): Promise<ConnectedNetwork> {
  const chainId = await client.chainId();
  if (chainId !== config.chainId) {
    // Whatever is at our contracts' addresses there says nothing.
    throw new NetworkMismatchError(config.code, [`chain id: it has ${chainId} and not ${config.chainId}`]);
  }
  const faults: string[] = [];
  const domains = new Map<string, TokenDomain>();
  for (const asset of config.assets) {
    if (asset.contract === null) continue;
    faults.push(...(await tokenFaults(asset, asset.contract, client)));
    if (!asset.hasAuthorizations) continue;
    try {
      domains.set(asset.asset, await readTokenDomain(client, chainId, asset.contract));
    } catch (error) {
      if (!(error instanceof TokenDomainError)) throw error;
      faults.push(`${asset.asset}: ${error.message}`);
    }
  }
  if (config.multisend !== null && !(await isMultisend(client, config.multisend))) {
    faults.push(`multisend: there is no such contract at ${config.multisend}`);
  }
  if (faults.length > 0) throw new NetworkMismatchError(config.code, faults);
  return { config, client, domains };
}

async function tokenFaults(
  { asset, scale }: NetworkAsset,
  contract: Address,
  client: ChainClient,
): Promise<readonly string[]> {
  const [decimals, symbol] = await Promise.all([
    callToken(client, contract, 'decimals'),
    callToken(client, contract, 'symbol'),
  ]);
  if (decimals === null) return [`${asset}: there is no token at ${contract}`];
  const faults: string[] = [];
  if (decimals !== scale) faults.push(`${asset}: ${contract} has ${decimals} decimals and not ${scale}`);
  if (symbol === null || symbol === '') faults.push(`${asset}: ${contract} has no symbol`);
  return faults;
}

/** A function that no contract of ours has. */
const NO_FUNCTION = '0xffffffff';

/** It takes a payment of nothing, which an address without code does as well, and refuses what it does not have. */
async function isMultisend(client: ChainClient, contract: Address): Promise<boolean> {
  const payNothing = encodeFunctionData({ abi: multisendAbi, functionName: 'sendNative', args: [[]] });
  const [paid, refused] = await Promise.all([
    client.call(contract, payNothing, 'latest'),
    client.call(contract, NO_FUNCTION, 'latest'),
  ]);
  return paid !== null && refused === null;
}
