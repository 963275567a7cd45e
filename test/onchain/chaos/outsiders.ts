import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Address,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
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

/** What is in a block, or may be handed in again. */
export interface Signed {
  readonly hash: Hex;
  readonly raw: Hex;
}

/** Something that an outsider signed. */
export interface Payment extends Signed {
  readonly to: Address;
  readonly amountMinor: bigint;
  /** What takes its place when a chain forgets it: itself, or nothing at all under the same nonce. */
  readonly next: Signed;
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
    /** Those that the chain carried out, by its own word. */
    async carriedOut(payments: readonly Payment[]): Promise<readonly Payment[]> {
      const receipts = await Promise.all(
        payments.map(({ hash }) => node.getTransactionReceipt({ hash }).catch(() => null)),
      );
      return payments.filter((_, index) => receipts[index]?.status === 'success');
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
  const sign = async (own: number, fields: ReturnType<typeof call>): Promise<Signed> => {
    const raw = await account.signTransaction({ ...fields, nonce: own });
    return { raw, hash: keccak256(raw) };
  };
  return {
    address: account.address,
    /** @param isFickle never pays again what a re-org took */
    async pay(to: Address, amountMinor: bigint, isFickle: boolean): Promise<Payment> {
      const data = encodeFunctionData({
        abi: testUSDCAbi,
        functionName: 'transfer',
        args: [to, amountMinor],
      });
      const own = nonce++;
      const payment = await sign(own, call(data));
      await node.sendRawTransaction({ serializedTransaction: payment.raw });
      const next = isFickle ? await sign(own, call('0x', account.address)) : payment;
      return { ...payment, to, amountMinor, next };
    },
  };
}

function call(data: Hex, to: Address = localContracts.usdc) {
  return {
    type: 'eip1559',
    chainId: foundry.id,
    to,
    data,
    gas: GAS,
    maxFeePerGas: FEE_PER_GAS_WEI,
    maxPriorityFeePerGas: 2n,
  } as const;
}

export type Chain = ReturnType<typeof openChain>;
export type Outsider = Awaited<ReturnType<Chain['makeOutsider']>>;
