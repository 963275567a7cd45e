import {
  type Address,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  maxUint256,
  parseEther,
  parseGwei,
  publicActions,
  webSocket,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts, localDeployerKey } from '../../rails/onchain/localContracts.ts';

const GAS_MAX = 29_000_000n;
const FEE_PER_GAS = parseGwei('200');
const MINED_WAIT_MS = 30_000;
const POLL_MS = 20;
const SUPPLY_MINOR = 10n ** 15n;

/** Somebody outside with more test USDC than is needed, who pays many addresses in one transaction. */
export async function openPayer(chainUrl: string) {
  const node = createTestClient({ mode: 'anvil', chain: foundry, transport: http(chainUrl) }).extend(
    publicActions,
  );
  const self = privateKeyToAccount(generatePrivateKey());
  const minter = privateKeyToAccount(localDeployerKey);
  await node.setBalance({ address: self.address, value: parseEther('100000') });
  let nonce = 0;

  const usdc = (data: Hex): { readonly to: Address; readonly data: Hex } => ({
    to: localContracts.usdc,
    data,
  });
  const feeFields = {
    type: 'eip1559',
    chainId: foundry.id,
    maxFeePerGas: FEE_PER_GAS,
    maxPriorityFeePerGas: 1n,
  } as const;
  const submit = async (call: { readonly to: Address; readonly data: Hex }): Promise<Hex> => {
    const raw = await self.signTransaction({ ...feeFields, ...call, nonce: nonce++, gas: GAS_MAX });
    return await node.sendRawTransaction({ serializedTransaction: raw });
  };

  const minted = await node.sendRawTransaction({
    serializedTransaction: await minter.signTransaction({
      ...feeFields,
      ...usdc(
        encodeFunctionData({ abi: testUSDCAbi, functionName: 'mint', args: [self.address, SUPPLY_MINOR] }),
      ),
      nonce: await node.getTransactionCount({ address: minter.address }),
      gas: 200_000n,
    }),
  });
  await node.waitForTransactionReceipt({ hash: minted, pollingInterval: POLL_MS, timeout: MINED_WAIT_MS });
  const approve = {
    abi: testUSDCAbi,
    functionName: 'approve',
    args: [localContracts.multisend, maxUint256],
  } as const;
  const approved = await submit(usdc(encodeFunctionData(approve)));
  await node.waitForTransactionReceipt({ hash: approved, pollingInterval: POLL_MS, timeout: MINED_WAIT_MS });

  return {
    node,
    address: self.address,
    /** One transaction with a transfer to each. */
    async payAll(payees: readonly Address[], amountMinor: bigint): Promise<Hex> {
      const payments = payees.map((to) => ({ to, value: amountMinor }));
      const data = encodeFunctionData({
        abi: multisendAbi,
        functionName: 'sendToken',
        args: [localContracts.usdc, payments],
      });
      return await submit({ to: localContracts.multisend, data });
    },
  };
}

export type Payer = Awaited<ReturnType<typeof openPayer>>;

/** When each block came, by this machine's clock, and what was in it. */
export async function watchBlocks(chainUrl: string) {
  const transport = webSocket(chainUrl.replace(/^http/, 'ws'));
  const client = createTestClient({ mode: 'anvil', chain: foundry, transport }).extend(publicActions);
  const seenAtMs = new Map<bigint, number>();
  let head = 0n;
  const unwatch = client.watchBlockNumber({
    onBlockNumber: (number) => {
      head = number;
      if (!seenAtMs.has(number)) seenAtMs.set(number, Date.now());
    },
  });
  return {
    seenAtMs,
    head: () => head,
    /** The block that has the transaction. */
    blockOf: async (hash: Hex): Promise<bigint> => (await client.getTransactionReceipt({ hash })).blockNumber,
    async close(): Promise<void> {
      unwatch();
      const socket = await client.transport.getRpcClient();
      socket.close();
    },
  };
}
