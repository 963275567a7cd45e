import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  type Address,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  parseEther,
  publicActions,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts, localDeployerKey } from '../../rails/onchain/localContracts.ts';

const POLL_MS = 50;
const MINED_TIMEOUT_MS = 30_000;
/** Deeper than any re-org of the demo. */
const DEEP_BLOCKS = 4n;

/** Somebody on the local chain whom the platform knows nothing of, and the powers that a development chain gives. */
export interface Outside {
  readonly address: Address;
  usdc(owner: Address): Promise<bigint>;
  /** Sends test USDC and waits until it is in a block. Gives the bytes, which can be handed in again. */
  pay(to: Address, amountMinor: bigint): Promise<{ readonly hash: Hex; readonly raw: Hex }>;
  /** Takes the last `depth` blocks away and mines as many others without what was in them. */
  reorg(depth: number): Promise<void>;
  handIn(raw: Hex): Promise<void>;
  /** The price of a unit of gas in the next block, from which it falls by an eighth with each block. */
  raiseBaseFee(wei: bigint): Promise<void>;
}

/** A new key with coins and test USDC. @param url of the local chain */
export async function openOutside(url: string, usdcMinor: bigint): Promise<Outside> {
  const transport = http(url);
  const node = createTestClient({ mode: 'anvil', chain: foundry, transport }).extend(publicActions);
  const minter = privateKeyToAccount(localDeployerKey);
  const self = privateKeyToAccount(generatePrivateKey());
  await node.setBalance({ address: self.address, value: parseEther('100') });

  async function mined(hash: Hex): Promise<void> {
    const deadline = Date.now() + MINED_TIMEOUT_MS;
    while ((await node.getTransactionReceipt({ hash }).catch(() => null)) === null) {
      if (Date.now() > deadline) throw new Error(`${hash} was not mined within ${MINED_TIMEOUT_MS / 1000} s`);
      await sleep(POLL_MS);
    }
  }

  async function send(account: Account, data: Hex): Promise<{ readonly hash: Hex; readonly raw: Hex }> {
    const wallet = createWalletClient({ account, chain: foundry, transport }).extend(publicActions);
    const request = await wallet.prepareTransactionRequest({ account, to: localContracts.usdc, data });
    const raw = await wallet.signTransaction(request as Parameters<typeof wallet.signTransaction>[0]);
    const hash = await node.sendRawTransaction({ serializedTransaction: raw });
    await mined(hash);
    return { hash, raw };
  }

  await send(
    minter,
    encodeFunctionData({ abi: testUSDCAbi, functionName: 'mint', args: [self.address, usdcMinor] }),
  );
  // What a development chain was told to do is gone with the block that it was in.
  const deep = (await node.getBlockNumber({ cacheTime: 0 })) + DEEP_BLOCKS;
  while ((await node.getBlockNumber({ cacheTime: 0 })) < deep) await sleep(POLL_MS);
  return {
    address: self.address,
    usdc: (owner) =>
      node.readContract({
        address: localContracts.usdc,
        abi: testUSDCAbi,
        functionName: 'balanceOf',
        args: [owner],
      }),
    pay: (to, amountMinor) =>
      send(self, encodeFunctionData({ abi: testUSDCAbi, functionName: 'transfer', args: [to, amountMinor] })),
    reorg: async (depth) => {
      // A block that the node mines in the midst of a re-org stays behind as one without a parent.
      const interval = await node.request<{
        Method: 'anvil_getIntervalMining';
        Parameters: [];
        ReturnType: number;
      }>({ method: 'anvil_getIntervalMining', params: [] });
      await node.setIntervalMining({ interval: 0 });
      await node.request<{ Method: 'anvil_reorg'; Parameters: [number, []]; ReturnType: null }>({
        method: 'anvil_reorg',
        params: [depth, []],
      });
      await node.setIntervalMining({ interval });
    },
    handIn: async (raw) => {
      await mined(await node.sendRawTransaction({ serializedTransaction: raw }));
    },
    raiseBaseFee: (wei) => node.setNextBlockBaseFeePerGas({ baseFeePerGas: wei }),
  };
}
