import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  type Address,
  createTestClient,
  createWalletClient,
  custom,
  type Hex,
  http,
  parseEther,
  publicActions,
} from 'viem';
import { generatePrivateKey, nonceManager, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { type ChainOptions, startChain } from '../../platform/embedded/chain.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { deployLocal } from '../../rails/onchain/deployLocal.ts';
import { localContracts, localDeployerKey } from '../../rails/onchain/localContracts.ts';
import { makeTemporaryFolder, removeFolder } from './embedded.ts';

const MINED_TIMEOUT_MS = 5_000;
const MINED_POLL_MS = 5;

/** A chain of a test file's own, with the contracts, that mines when a test sends something, and not otherwise. */
export async function startTestChain(options: Partial<ChainOptions> = {}) {
  const folder = await makeTemporaryFolder();
  const chain = await startChain({ folder, ...options });
  if ('absent' in chain) throw new Error(chain.absent);
  await deployLocal(chain.url);
  const transport = minedTransport(chain.url);
  const node = createTestClient({ mode: 'anvil', chain: foundry, transport }).extend(publicActions);
  await node.setIntervalMining({ interval: 0 });
  await node.setAutomine(true);
  // Several holders may be made at once.
  const minter = privateKeyToAccount(localDeployerKey, { nonceManager });
  const walletOf = (account: Account) =>
    createWalletClient({ account, chain: foundry, transport }).extend(publicActions);
  return {
    ...chain,
    node,
    /** Sends into a block of its own; what would revert is refused before, with the contract's error. */
    walletOf,
    /** A new account with coins for gas and this much USDC, in minor units. */
    async makeHolder(usdcMinor = 0n) {
      const account = privateKeyToAccount(generatePrivateKey());
      await node.setBalance({ address: account.address, value: parseEther('10') });
      if (usdcMinor > 0n) {
        await walletOf(minter).writeContract({
          address: localContracts.usdc,
          abi: testUSDCAbi,
          functionName: 'mint',
          args: [account.address, usdcMinor],
        });
      }
      return account;
    },
    async usdcOf(address: Address): Promise<bigint> {
      return await node.readContract({
        address: localContracts.usdc,
        abi: testUSDCAbi,
        functionName: 'balanceOf',
        args: [address],
      });
    },
    async end(): Promise<void> {
      await chain.stop();
      await removeFolder(folder);
    },
  };
}

/** The chain mines a moment after it has answered: what was sent is in a block before the sender goes on. */
function minedTransport(url: string) {
  const { request } = http(url, { retryCount: 0 })({ chain: foundry });
  return custom({
    request: async (call) => {
      const result = await request(call);
      if (call.method !== 'eth_sendRawTransaction') return result;
      const deadline = performance.now() + MINED_TIMEOUT_MS;
      while ((await request({ method: 'eth_getTransactionReceipt', params: [result] })) === null) {
        if (performance.now() > deadline) throw new Error(`${String(result)} was not mined`);
        await sleep(MINED_POLL_MS);
      }
      return result;
    },
  });
}

export type TestChain = Awaited<ReturnType<typeof startTestChain>>;

/** Signatures as contracts take them. */
export function splitSignature(signature: Hex): { readonly v: number; readonly r: Hex; readonly s: Hex } {
  return {
    r: `0x${signature.slice(2, 66)}`,
    s: `0x${signature.slice(66, 130)}`,
    v: Number.parseInt(signature.slice(130, 132), 16),
  };
}
