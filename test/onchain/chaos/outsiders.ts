import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Address,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  parseEther,
  publicActions,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { testUSDCAbi } from '../../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts, localDeployerKey } from '../../../rails/onchain/localContracts.ts';

const POLL_MS = 25;
const MINED_TIMEOUT_MS = 20_000;
const GAS = 100_000n;
/** Outsiders pay whatever gas costs: it is not their transactions that are to be stuck. */
const FEE_PER_GAS_WEI = 500_000_000_000n;

/** Something that an outsider signed, to be handed in as often as a chain forgets it. */
export interface Payment {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly to: Address;
  readonly amountMinor: bigint;
}

/** The chain itself, past all proxies: what outsiders use, and what the proofs are read from. */
export function openChain(url: string) {
  const node = openNode(url);
  async function mined(hash: Hex): Promise<void> {
    const deadline = Date.now() + MINED_TIMEOUT_MS;
    while ((await node.getTransactionReceipt({ hash }).catch(() => null)) === null) {
      if (Date.now() > deadline) throw new Error(`${hash} was not mined`);
      await sleep(POLL_MS);
    }
  }
  return {
    node,
    mined,
    async reorg(depth: number): Promise<void> {
      await node.request<{ Method: 'anvil_reorg'; Parameters: [number, []]; ReturnType: null }>({
        method: 'anvil_reorg',
        params: [depth, []],
      });
    },
    makeOutsider: (usdcMinor: bigint) => makeOutsider(node, mined, usdcMinor),
    async usdcOf(owner: Address): Promise<bigint> {
      return await node.readContract({
        address: localContracts.usdc,
        abi: testUSDCAbi,
        functionName: 'balanceOf',
        args: [owner],
      });
    },
  };
}

function openNode(url: string) {
  const transport = http(url, { retryCount: 0 });
  return createTestClient({ mode: 'anvil', chain: foundry, transport }).extend(publicActions);
}

/** A key with coins and test USDC that nobody of ours knows; it signs payments in order of its nonces. */
async function makeOutsider(
  node: ReturnType<typeof openNode>,
  mined: (hash: Hex) => Promise<void>,
  usdcMinor: bigint,
) {
  const account = privateKeyToAccount(generatePrivateKey());
  await node.setBalance({ address: account.address, value: parseEther('1000') });
  const minter = privateKeyToAccount(localDeployerKey);
  const mint = encodeFunctionData({
    abi: testUSDCAbi,
    functionName: 'mint',
    args: [account.address, usdcMinor],
  });
  const minterNonce = await node.getTransactionCount({ address: minter.address });
  const minted = await minter.signTransaction({ ...call(mint), nonce: minterNonce });
  await mined(await node.sendRawTransaction({ serializedTransaction: minted }));
  let nonce = 0;
  return {
    address: account.address,
    async pay(to: Address, amountMinor: bigint): Promise<Payment> {
      const data = encodeFunctionData({
        abi: testUSDCAbi,
        functionName: 'transfer',
        args: [to, amountMinor],
      });
      const raw = await account.signTransaction({ ...call(data), nonce: nonce++ });
      const hash = await node.sendRawTransaction({ serializedTransaction: raw });
      return { hash, raw, to, amountMinor };
    },
  };
}

function call(data: Hex) {
  return {
    type: 'eip1559',
    chainId: foundry.id,
    to: localContracts.usdc,
    data,
    gas: GAS,
    maxFeePerGas: FEE_PER_GAS_WEI,
    maxPriorityFeePerGas: 2n,
  } as const;
}

export type Chain = ReturnType<typeof openChain>;
export type Outsider = Awaited<ReturnType<Chain['makeOutsider']>>;
