import type { Address } from 'viem';
import { createLogger } from '../../platform/log.ts';
import { connectNetwork, NetworkMismatchError } from '../../rails/onchain/connectNetwork.ts';
import { feeOnTransferAbi, feeOnTransferBytecode } from '../../rails/onchain/contracts/FeeOnTransfer.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { NetworkConfig } from '../../rails/onchain/network.ts';
import { readNetworks } from '../../rails/onchain/networks/readNetworks.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import { type ChainClient, ChainUnreachableError } from '../../rails/onchain/rpc/chainReader.ts';
import { readTokenDomain, TokenDomainError } from '../../rails/onchain/tokenDomain.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';

/** A configuration against the chain that it is about. */
const { usdc, multisend } = localContracts;
const NOTHING: Address = '0x00000000000000000000000000000000000000cc';

let chain: TestChain;
let client: ChainClient;
let config: NetworkConfig;

beforeAll(async () => {
  chain = await startTestChain();
  const logger = createLogger({ level: 'silent', name: 'test' });
  client = createChainClient({ network: 'LOCAL', rpcUrls: [chain.url], logger });
  const [local] = readNetworks({ LOCAL: [chain.url] }, undefined);
  if (local === undefined) throw new Error('LOCAL is not connected');
  config = local;
});

afterAll(async () => {
  await client.close();
  await chain.end();
});

async function faultsOf(change: Partial<NetworkConfig>, own = client): Promise<readonly string[]> {
  try {
    await connectNetwork({ ...config, ...change }, own);
    return [];
  } catch (error) {
    if (error instanceof NetworkMismatchError) return error.faults;
    throw error;
  }
}

function tokenAt(contract: Address): NetworkConfig['assets'] {
  return config.assets.map((asset) => (asset.contract === null ? asset : { ...asset, contract }));
}

async function deployToken(): Promise<Address> {
  const holder = await chain.makeHolder();
  const wallet = chain.walletOf(holder);
  const args = [holder.address, 1_000n] as const;
  const hash = await wallet.deployContract({ abi: feeOnTransferAbi, bytecode: feeOnTransferBytecode, args });
  const { contractAddress } = await chain.node.getTransactionReceipt({ hash });
  return contractAddress ?? NOTHING;
}

test('the local chain is as its configuration says, with the domain that its token signs for', async () => {
  const connected = await connectNetwork(config, client);
  expect([...connected.domains]).toEqual([
    ['USDC', { name: 'USD Coin', version: '2', chainId: 31_337, verifyingContract: usdc }],
  ]);
});

test('a chain of another id is compared no further', async () => {
  expect(await faultsOf({ chainId: 137 })).toEqual(['chain id: it has 31337 and not 137']);
});

test('everything that is wrong is told at once', async () => {
  expect(await faultsOf({ assets: tokenAt(NOTHING), multisend: NOTHING })).toEqual([
    `USDC: there is no token at ${NOTHING}`,
    `USDC: ${NOTHING} has no DOMAIN_SEPARATOR`,
    `multisend: there is no such contract at ${NOTHING}`,
  ]);
  expect(await faultsOf({ assets: config.assets.map((asset) => ({ ...asset, scale: 8 })) })).toEqual([
    `USDC: ${usdc} has 6 decimals and not 8`,
  ]);
  expect(await faultsOf({ multisend: usdc })).toEqual([`multisend: there is no such contract at ${usdc}`]);
});

test('a token without a domain has no authorizations', async () => {
  const token = await deployToken();
  await expect(readTokenDomain(client, 31_337, token)).rejects.toThrow(/has no DOMAIN_SEPARATOR/);
  const assets = tokenAt(token).map((asset) => ({ ...asset, hasAuthorizations: false }));
  expect(await faultsOf({ assets })).toEqual([]);
});

test('a domain is of one chain and one contract: with another chain id or another name it is refused', async () => {
  await expect(readTokenDomain(client, 137, usdc)).rejects.toThrow(TokenDomainError);
  // What one contract says of itself is not good for another.
  const answering: Pick<ChainClient, 'call'> = { call: (_, data, at) => client.call(usdc, data, at) };
  await expect(readTokenDomain(answering, 31_337, NOTHING)).rejects.toThrow(TokenDomainError);
  expect(await readTokenDomain(answering, 31_337, usdc)).toMatchObject({ name: 'USD Coin' });
});

test('a chain that cannot be reached is not one that is wrong', async () => {
  const logger = createLogger({ level: 'silent', name: 'test' });
  const own = createChainClient({ network: 'LOCAL', rpcUrls: ['http://127.0.0.1:1'], logger });
  await expect(connectNetwork(config, own)).rejects.toThrow(ChainUnreachableError);
  await own.close();
  expect(await faultsOf({ multisend })).toEqual([]);
});
