import { createTestClient, http, parseEther, publicActions } from 'viem';
import { type EmbeddedChain, startChain } from '../../platform/embedded/chain.ts';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { deployLocal } from '../../rails/onchain/deployLocal.ts';
import { localContracts, localDeployerAddress } from '../../rails/onchain/localContracts.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';

let folder = '';
const running: EmbeddedChain[] = [];

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});

afterEach(async () => {
  for (const chain of running.splice(0)) await chain.stop();
  await removeFolder(folder);
});

async function start(): Promise<EmbeddedChain> {
  const chain = await startChain({ folder });
  if ('absent' in chain) throw new Error(chain.absent);
  running.push(chain);
  return chain;
}

function nodeOf(chain: EmbeddedChain) {
  return createTestClient({ mode: 'anvil', transport: http(chain.url) }).extend(publicActions);
}

test('a first start with its contracts takes less than three seconds', async () => {
  const startedAt = performance.now();
  const chain = await start();
  expect(await deployLocal(chain.url)).toEqual(localContracts);
  expect(performance.now() - startedAt).toBeLessThan(3_000);

  const node = nodeOf(chain);
  const usdc = { address: localContracts.usdc, abi: testUSDCAbi } as const;
  expect(await node.readContract({ ...usdc, functionName: 'decimals' })).toBe(6);
  expect(await node.readContract({ ...usdc, functionName: 'symbol' })).toBe('USDC');
  expect(await node.readContract({ ...usdc, functionName: 'minter' })).toBe(localDeployerAddress);
  expect(await node.getEip712Domain({ address: localContracts.usdc })).toMatchObject({
    domain: { name: 'USD Coin', version: '2', chainId: 31_337, verifyingContract: localContracts.usdc },
  });
  const multisend = { address: localContracts.multisend, abi: multisendAbi } as const;
  await node.simulateContract({ ...multisend, functionName: 'sendNative', args: [[]] });
});

test('a second deployment does nothing, also after a restart', async () => {
  const first = await start();
  await deployLocal(first.url);
  // It has minted since.
  await nodeOf(first).setNonce({ address: localDeployerAddress, nonce: 9 });
  await first.stop();
  const second = await start();
  const node = nodeOf(second);
  expect(await deployLocal(second.url)).toEqual(localContracts);
  expect(await node.getTransactionCount({ address: localDeployerAddress, blockTag: 'pending' })).toBe(9);
});

test('two deployments at once put each contract there once', async () => {
  const { url } = await start();
  const found = await Promise.all([deployLocal(url), deployLocal(url), deployLocal(url)]);
  expect(found).toEqual([localContracts, localContracts, localContracts]);
});

test('a deployer that did something else first is refused, with what to do', async () => {
  const chain = await start();
  const node = nodeOf(chain);
  await node.setNonce({ address: localDeployerAddress, nonce: 7 });
  await node.setBalance({ address: localDeployerAddress, value: parseEther('1') });
  await expect(deployLocal(chain.url)).rejects.toMatchObject({
    name: 'LocalChainError',
    message: expect.stringMatching(/nonce 7, and 2 of 2 contracts are missing\. Begin a new chain/),
  });
});
