import { type Address, encodeFunctionData, erc20Abi, type Hex, maxUint256, toEventSelector } from 'viem';
import { createLogger } from '../../platform/log.ts';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import { type ChainClient, ChainUnreachableError } from '../../rails/onchain/rpc/chainReader.ts';
import { createRandom } from '../crash/random.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';
import { type RpcProxy, startRpcProxy } from '../harness/rpcProxy.ts';

/** A list of logs that lacks some looks like any other, and each that is missing is somebody's money. */
const TRANSFER = toEventSelector('Transfer(address,address,uint256)');
const PAYEES = Array.from({ length: 6 }, (_, at): Address => `0x${(at + 1).toString(16).padStart(40, '0')}`);
const ROUNDS = 12;

let chain: TestChain;
let liar: RpcProxy;
let honest: RpcProxy;
let client: ChainClient;
let blockHash: Hex;

beforeAll(async () => {
  chain = await startTestChain();
  liar = await startRpcProxy(chain.url, createRandom(7));
  honest = await startRpcProxy(chain.url, createRandom(8));
  const logger = createLogger({ level: 'silent', name: 'test' });
  client = createChainClient({ network: 'LOCAL', rpcUrls: [liar.url, honest.url], logger });
  blockHash = await payAll();
});

afterEach(() => liar.heal());

afterAll(async () => {
  await client.close();
  await liar.close();
  await honest.close();
  await chain.end();
});

/** One block with a transfer to each, and a Transfer from the payer for each. */
async function payAll(): Promise<Hex> {
  const holder = await chain.makeHolder(60n);
  const wallet = chain.walletOf(holder);
  const approve = [localContracts.multisend, maxUint256] as const;
  await wallet.writeContract({
    address: localContracts.usdc,
    abi: erc20Abi,
    functionName: 'approve',
    args: approve,
  });
  const hash = await wallet.sendTransaction({
    to: localContracts.multisend,
    data: encodeFunctionData({
      abi: multisendAbi,
      functionName: 'sendToken',
      args: [localContracts.usdc, PAYEES.map((to) => ({ to, value: 10n }))],
    }),
  });
  return (await chain.node.getTransactionReceipt({ hash })).blockHash;
}

/** Number of logs that are told; null where the client says that it cannot. */
async function told(): Promise<number | null> {
  return await client.logsOf(blockHash, [localContracts.usdc], [TRANSFER]).then(
    (logs) => logs.length,
    (error: unknown) => {
      if (error instanceof ChainUnreachableError) return null;
      throw error;
    },
  );
}

test('an endpoint that leaves out some logs, in receipts too, is not believed', async () => {
  liar.setFaults({ omitLogs: 0.5 });
  for (let round = 0; round < ROUNDS; round++) expect([PAYEES.length, null]).toContain(await told());
  liar.heal();
  expect(await told()).toBe(PAYEES.length);
});

test('an index that is behind is made up for by the receipts of both', async () => {
  liar.setFaults({ omitLogs: 0.5, receiptsAreTrue: true });
  for (let round = 0; round < ROUNDS; round++) expect(await told()).toBe(PAYEES.length);
});

test('while the other is down, what the one says is taken', async () => {
  liar.setFaults({ serverError: 1 });
  expect(await told()).toBe(PAYEES.length);
});
