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
  const node = createTestClient({
    mode: 'anvil',
    chain: foundry,
    transport: http(url, { retryCount: 0 }),
  }).extend(publicActions);
  return {
    node,
    async mined(hash: Hex): Promise<void> {
      const deadline = Date.now() + MINED_TIMEOUT_MS;
      while ((await node.getTransactionReceipt({ hash }).catch(() => null)) === null) {
        if (Date.now() > deadline) throw new Error(`${hash} was not mined`);
        await sleep(POLL_MS);
      }
    },
    async reorg(depth: number): Promise<void> {
      await node.request<{ Method: 'anvil_reorg'; Parameters: [number, []]; ReturnType: null }>({
        method: 'anvil_reorg',
        params: [depth, []],
      });
    },
    /** A key with coins and test USDC that nobody of ours knows; it signs payments in order of its nonces. */
    async makeOutsider(usdcMinor: bigint) {
      const account = privateKeyToAccount(generatePrivateKey());
      await node.setBalance({ address: account.address, value: parseEther('1000') });
      const minter = privateKeyToAccount(localDeployerKey);
      const minted = await node.sendRawTransaction({
        serializedTransaction: await minter.signTransaction({
          type: 'eip1559',
          chainId: foundry.id,
          nonce: await node.getTransactionCount({ address: minter.address }),
          to: localContracts.usdc,
          data: encodeFunctionData({
            abi: testUSDCAbi,
            functionName: 'mint',
            args: [account.address, usdcMinor],
          }),
          gas: GAS,
          maxFeePerGas: FEE_PER_GAS_WEI,
          maxPriorityFeePerGas: 1n,
        }),
      });
      await this.mined(minted);
      let nonce = 0;
      const sign = async (own: number, to: Address, data: Hex): Promise<Signed> => {
        const raw = await account.signTransaction({
          type: 'eip1559',
          chainId: foundry.id,
          nonce: own,
          to,
          data,
          gas: GAS,
          maxFeePerGas: FEE_PER_GAS_WEI,
          maxPriorityFeePerGas: 2n,
        });
        return { raw, hash: keccak256(raw) };
      };
      return {
        address: account.address,
        /** @param isFickle never pays again what a re-org took */
        async pay(to: Address, amountMinor: bigint, isFickle: boolean): Promise<Payment> {
          const [own, data] = [
            nonce++,
            encodeFunctionData({ abi: testUSDCAbi, functionName: 'transfer', args: [to, amountMinor] }),
          ];
          const payment = await sign(own, localContracts.usdc, data);
          await node.sendRawTransaction({ serializedTransaction: payment.raw });
          const next = isFickle ? await sign(own, account.address, '0x') : payment;
          return { ...payment, to, amountMinor, next };
        },
      };
    },
    /** Those that the chain carried out, by its own word. */
    async carriedOut(payments: readonly Payment[]): Promise<readonly Payment[]> {
      const receipts = await Promise.all(
        payments.map(({ hash }) => node.getTransactionReceipt({ hash }).catch(() => null)),
      );
      return payments.filter((_, index) => receipts[index]?.status === 'success');
    },
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

export type Chain = ReturnType<typeof openChain>;
export type Outsider = Awaited<ReturnType<Chain['makeOutsider']>>;
