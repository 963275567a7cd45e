import {
  type Address,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  parseEther,
  toEventSelector,
  toHex,
} from 'viem';
import { sleep } from '../../platform/clock.ts';
import { createLogger } from '../../platform/log.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import { type ChainClient, ChainUnreachableError } from '../../rails/onchain/rpc/chainReader.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';

/** What a client says of a real chain behind one endpoint that is well. */
const TRANSFER = toEventSelector('Transfer(address,address,uint256)');
const NOBODY: Address = '0x00000000000000000000000000000000000000aa';
const usdc = localContracts.usdc;
const logger = createLogger({ level: 'silent', name: 'test' });

let chain: TestChain;
let client: ChainClient;

beforeAll(async () => {
  chain = await startTestChain();
  client = createChainClient({ network: 'LOCAL', rpcUrls: [chain.url], logger, chainId: 31_337 });
});

afterAll(async () => {
  await client.close();
  await chain.end();
});

async function pay(to: Address, minor: bigint): Promise<Hex> {
  const holder = await chain.makeHolder(minor);
  const data = { abi: erc20Abi, address: usdc, functionName: 'transfer', args: [to, minor] } as const;
  return await chain.walletOf(holder).writeContract(data);
}

test('tags, blocks and their order are those of the chain', async () => {
  await chain.node.mine({ blocks: 5 });
  const tags = await client.tags();
  const [head, finalized] = await Promise.all([
    chain.node.getBlock(),
    chain.node.getBlock({ blockTag: 'finalized' }),
  ]);
  expect(tags).toEqual({
    headNumber: head.number,
    headHash: head.hash,
    safeNumber: head.number - 1n,
    finalizedNumber: finalized.number,
    finalizedHash: finalized.hash,
    finalizedAtMs: Number(finalized.timestamp) * 1_000,
    agreements: 1,
    endpoints: 1,
  });
  expect(await client.blockAt(head.number)).toEqual({
    number: head.number,
    hash: head.hash,
    parentHash: head.parentHash,
    timestampMs: Number(head.timestamp) * 1_000,
  });
  expect(await client.blockAt(head.number + 1n)).toBeNull();
  expect(await client.fullBlock(toHex(1n, { size: 32 }))).toBeNull();
  expect(await client.chainId()).toBe(31_337);
  expect(await client.priorityFeePerGasWei()).toBeGreaterThan(0n);
});

test('a block has its transactions, its logs and their receipts, all in lower case', async () => {
  const hash = await pay(NOBODY, 7n);
  const receipt = await chain.node.getTransactionReceipt({ hash });
  const block = await client.fullBlock(receipt.blockHash);
  expect(block?.baseFeePerGasWei).toBeGreaterThan(0n);
  expect(block?.transactions).toEqual([
    { hash, from: receipt.from, to: usdc.toLowerCase(), valueWei: 0n, nonce: 0n },
  ]);
  const logs = await client.logsOf(receipt.blockHash, [usdc], [TRANSFER]);
  expect(logs).toEqual([
    {
      contract: usdc.toLowerCase(),
      topics: [TRANSFER, expect.stringMatching(/^0x0{24}/), `0x${NOBODY.slice(2).padStart(64, '0')}`],
      data: toHex(7n, { size: 32 }),
      blockNumber: receipt.blockNumber,
      blockHash: receipt.blockHash,
      transactionHash: hash,
      logIndex: 0,
    },
  ]);
  expect(await client.logsOf(receipt.blockHash, [usdc], [TRANSFER, null, [toHex(1n, { size: 32 })]])).toEqual(
    [],
  );
  expect(await client.logsOf(receipt.blockHash, [localContracts.multisend], [])).toEqual([]);
  expect(await client.logsOf(receipt.blockHash, [], [])).toEqual([]);
  const unknown = toHex(2n, { size: 32 });
  expect(await client.receipts([unknown, hash])).toEqual([
    null,
    {
      transactionHash: hash,
      succeeded: true,
      gasUsed: receipt.gasUsed,
      effectiveGasPriceWei: receipt.effectiveGasPrice,
      blockNumber: receipt.blockNumber,
      blockHash: receipt.blockHash,
    },
  ]);
});

test('logs of a block that the endpoint does not have are an error, and not none', async () => {
  await expect(client.logsOf(toHex(3n, { size: 32 }), [usdc], [TRANSFER])).rejects.toThrow(
    ChainUnreachableError,
  );
});

test('balances and nonces are of the block that was asked for, many in one read', async () => {
  const before = await chain.node.getBlockNumber();
  const hash = await pay(NOBODY, 11n);
  const { from, blockNumber } = await chain.node.getTransactionReceipt({ hash });
  const owners = [NOBODY, ...Array.from({ length: 120 }, (_, at) => toHex(at + 1_000, { size: 20 }))];
  const [at, old] = [{ blockNumber }, { blockNumber: before }];
  const [now = 0n, ...others] = await client.balances(usdc, owners, at);
  const [then = 0n] = await client.balances(usdc, owners, old);
  expect(now - then).toBe(11n);
  expect(others).toEqual(owners.slice(1).map(() => 0n));
  expect(await client.balances(null, [NOBODY], 'latest')).toEqual([0n]);
  expect(await Promise.all([client.nonceOf(from, old), client.nonceOf(from, at)])).toEqual([0n, 1n]);
});

test('a revert is null, for a call and for an estimate', async () => {
  const holder = await chain.makeHolder(5n);
  const transfer = (minor: bigint) =>
    encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [NOBODY, minor] });
  const call = { from: holder.address, to: usdc, valueWei: 0n };
  expect(await client.estimateGas({ ...call, data: transfer(5n) })).toBeGreaterThan(21_000n);
  expect(await client.estimateGas({ ...call, data: transfer(6n) })).toBeNull();
  expect(await client.estimateGas({ ...call, valueWei: parseEther('999999'), data: '0x' })).toBeNull();
  expect(await client.call(usdc, transfer(6n), 'latest')).toBeNull();
  const decimals = encodeFunctionData({ abi: erc20Abi, functionName: 'decimals' });
  expect(await client.call(usdc, decimals, 'latest')).toBe(toHex(6n, { size: 32 }));
});

test('a new block is told soon, and nothing after close', async () => {
  const own = createChainClient({ network: 'LOCAL', rpcUrls: [chain.url], logger });
  let heads = 0;
  const subscription = own.onHead(() => {
    heads += 1;
  });
  while (heads < 2) {
    await chain.node.mine({ blocks: 1 });
    await sleep(20);
  }
  subscription.close();
  await own.close();
  await expect(own.tags()).rejects.toThrow(
    'LOCAL: no endpoint gave a usable answer to its tags: the client is closed',
  );
});
