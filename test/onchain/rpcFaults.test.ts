import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, erc20Abi, type Hex, toEventSelector, toHex } from 'viem';
import { createLogger } from '../../platform/log.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { type ChainClientOptions, createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import { type ChainClient, ChainUnreachableError } from '../../rails/onchain/rpc/chainReader.ts';
import { createRandom } from '../crash/random.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';
import { type RpcProxy, startRpcProxy } from '../harness/rpcProxy.ts';

/** A client whose endpoints are down, slow, behind, or lie. */
const TRANSFER = toEventSelector('Transfer(address,address,uint256)');
const NOBODY: Address = '0x00000000000000000000000000000000000000bb';
const LIE: Hex = toHex(0xbadn, { size: 32 });
const usdc = localContracts.usdc;
/** Quick enough to wait for, slow enough for a busy machine. */
const limits = {
  callTimeoutMs: 1_500,
  tagsTimeoutMs: 2_000,
  backoffMsMin: 20,
  backoffMsMax: 40,
  retryPauseMs: 10,
};
/** Where nothing answers anyway. */
const shortLimits = { ...limits, callTimeoutMs: 400, tagsTimeoutMs: 400 };

let chain: TestChain;
const proxies: RpcProxy[] = [];
const clients: ChainClient[] = [];
let lines = '';

beforeAll(async () => {
  chain = await startTestChain();
  for (const seed of [1, 2, 3]) proxies.push(await startRpcProxy(chain.url, createRandom(seed)));
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const proxy of proxies) proxy.heal();
  lines = '';
});

afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  await chain.end();
});

function proxyAt(at: number): RpcProxy {
  const proxy = proxies[at];
  if (proxy === undefined) throw new Error(`there is no proxy ${at}`);
  return proxy;
}

/** Its URLs hold what may be told to nobody. */
function open(urls: readonly string[], options: Partial<ChainClientOptions> = {}): ChainClient {
  const rpcUrls = urls.map((url) => `${url.replace('://', '://user:hunter2@')}/v2/hunter2?key=hunter2`);
  const write = (line: string): void => {
    lines += line;
  };
  const logger = createLogger({ level: 'trace', name: 'test', write });
  const client = createChainClient({ network: 'LOCAL', rpcUrls, logger, limits, ...options });
  clients.push(client);
  return client;
}

function openAt(...at: readonly number[]): ChainClient {
  return open(at.map((one) => proxyAt(one).url));
}

async function pay(): Promise<{ readonly hash: Hex; readonly blockHash: Hex; readonly blockNumber: bigint }> {
  const holder = await chain.makeHolder(7n);
  const call = { abi: erc20Abi, address: usdc, functionName: 'transfer', args: [NOBODY, 7n] } as const;
  const hash = await chain.walletOf(holder).writeContract(call);
  const { blockHash, blockNumber } = await chain.node.getTransactionReceipt({ hash });
  return { hash, blockHash, blockNumber };
}

function statuses(client: ChainClient): readonly string[] {
  return client.health().map(({ status }) => status);
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: Error) => error,
  );
}

test('two endpoints that name one hash agree; one that lies is alone, and outvoted by a third', async () => {
  await chain.node.mine({ blocks: 4 });
  const [pair, three] = [openAt(0, 1), openAt(0, 1, 2)];
  const { hash } = await chain.node.getBlock({ blockTag: 'finalized' });
  expect(await pair.tags()).toMatchObject({ finalizedHash: hash, agreements: 2, endpoints: 2 });
  proxyAt(0).setFaults({ finalizedHash: LIE });
  expect(await pair.tags()).toMatchObject({ agreements: 1, endpoints: 2 });
  expect(await three.tags()).toMatchObject({ finalizedHash: hash, agreements: 2, endpoints: 3 });
  expect(lines).toContain('endpoints name different finalized blocks');
});

test('an endpoint that does not answer is one that does not agree', async () => {
  const client = openAt(0, 1);
  proxyAt(1).setFaults({ serverError: 1 });
  expect(await client.tags()).toMatchObject({ agreements: 1, endpoints: 2 });
  expect(statuses(client)).toEqual(['HEALTHY', 'FAULTY']);
});

test('one that is behind is not read from until it has caught up, and does not hold finality back', async () => {
  await chain.node.mine({ blocks: 20 });
  const client = openAt(0, 1);
  proxyAt(0).setFaults({ lagBlocks: 10 });
  const finalized = await chain.node.getBlock({ blockTag: 'finalized' });
  const tags = await client.tags();
  // It does not have that block yet, so it is no witness.
  expect(tags).toMatchObject({ finalizedNumber: finalized.number, agreements: 1, endpoints: 2 });
  expect(client.health()).toMatchObject([
    { status: 'LAGGING', blocksBehind: 10 },
    { status: 'HEALTHY', blocksBehind: 0 },
  ]);
  for (let round = 0; round < 20; round++) expect(await client.blockAt(tags.headNumber)).not.toBeNull();
  proxyAt(0).heal();
  expect(await client.tags()).toMatchObject({ agreements: 2 });
  expect(statuses(client)).toEqual(['HEALTHY', 'HEALTHY']);
});

test('one that is a little behind is a witness, and the least finalized block is the one that counts', async () => {
  await chain.node.mine({ blocks: 10 });
  const client = openAt(0, 1);
  proxyAt(0).setFaults({ lagBlocks: 3 });
  const [head, finalized] = await Promise.all([
    chain.node.getBlockNumber(),
    chain.node.getBlock({ blockTag: 'finalized' }),
  ]);
  const { hash } = await chain.node.getBlock({ blockNumber: finalized.number - 3n });
  expect(await client.tags()).toMatchObject({
    headNumber: head,
    finalizedNumber: finalized.number - 3n,
    finalizedHash: hash,
    agreements: 2,
  });
});

test('a block that one endpoint does not have yet is asked of the other', async () => {
  const client = openAt(0, 1);
  const { blockHash, hash } = await pay();
  proxyAt(0).setFaults({ lagBlocks: 2 });
  proxyAt(1).setFaults({ lagBlocks: 0 });
  for (let round = 0; round < 6; round++) {
    expect(await client.fullBlock(blockHash)).toMatchObject({ transactions: [{ hash }] });
    expect(await client.logsOf(blockHash, [usdc], [TRANSFER])).toHaveLength(1);
  }
});

test('when all are out it says so within its time, and is back when they are', async () => {
  const client = open([proxyAt(0).url, proxyAt(1).url], { limits: shortLimits });
  for (const fault of [{ hang: 1 }, { reset: 1 }, { serverError: 1 }, { garbage: 1 }, { missing: 1 }]) {
    for (const proxy of [proxyAt(0), proxyAt(1)]) {
      proxy.heal();
      proxy.setFaults(fault);
    }
    await expect(client.blockAt(1n)).rejects.toThrow(ChainUnreachableError);
    await expect(client.tags()).rejects.toThrow(ChainUnreachableError);
    expect(await client.broadcast('0x02')).toBe('UNKNOWN');
    expect(statuses(client)).not.toContain('HEALTHY');
  }
  for (const proxy of proxies) proxy.heal();
  expect(await client.blockAt(1n)).toMatchObject({ number: 1n });
});

test('every answer is right while one endpoint of two breaks in every way', async () => {
  const client = openAt(0, 1);
  const { blockHash, blockNumber, hash } = await pay();
  proxyAt(0).setFaults({ reset: 0.2, serverError: 0.2, missing: 0.2, garbage: 0.2, hang: 0.02 });
  for (let round = 0; round < 30; round++) {
    expect(await client.blockAt(blockNumber)).toMatchObject({ hash: blockHash });
    expect(await client.logsOf(blockHash, [usdc], [TRANSFER])).toHaveLength(1);
    expect(await client.receipts([LIE, hash])).toMatchObject([null, { succeeded: true }]);
    expect((await client.balances(usdc, [NOBODY, NOBODY], 'latest')).length).toBe(2);
  }
});

test('logs that come twice count once', async () => {
  const client = openAt(0);
  const { blockHash } = await pay();
  proxyAt(0).setFaults({ duplicateLogs: true });
  expect(await client.logsOf(blockHash, [usdc], [TRANSFER])).toHaveLength(1);
});

test('logs come from receipts where there are too many, or where there are none and the block says otherwise', async () => {
  const client = openAt(0);
  const { blockHash, hash } = await pay();
  const direct = await client.logsOf(blockHash, [usdc], [TRANSFER]);
  expect(direct).toMatchObject([{ transactionHash: hash }]);
  for (const fault of [{ tooLarge: true }, { omitLogs: 1, receiptsAreTrue: true }]) {
    proxyAt(0).heal();
    proxyAt(0).setFaults(fault);
    expect(await client.logsOf(blockHash, [usdc], [TRANSFER])).toEqual(direct);
    expect(await client.logsOf(blockHash, [localContracts.multisend], [TRANSFER])).toEqual([]);
    expect(proxyAt(0).calls.get('eth_getBlockReceipts')).toBeGreaterThan(0);
  }
});

test('receipts of a block are told as the node has them now, unless the endpoint sticks to old ones', async () => {
  const client = openAt(0);
  const { hash, blockHash } = await pay();
  expect(await client.receipts([hash])).toMatchObject([{ blockHash }]);
  await chain.node.request({ method: 'anvil_reorg', params: [1, []] } as never);
  expect(await client.receipts([hash])).toEqual([null]);
  proxyAt(0).setFaults({ staleReceipts: true });
  expect(await client.receipts([hash])).toMatchObject([{ blockHash }]);
});

test('an endpoint of another chain is believed nothing', async () => {
  await expect(open([proxyAt(2).url], { chainId: 137 }).blockAt(1n)).rejects.toThrow(/WRONG_CHAIN/);
  const other = await startLiar({ eth_chainId: '0x89' });
  const client = open([other.url, proxyAt(2).url], { chainId: 31_337 });
  for (let round = 0; round < 5; round++) expect(await client.blockAt(1n)).toMatchObject({ number: 1n });
  expect(await client.tags()).toMatchObject({ agreements: 1, endpoints: 2 });
  expect(statuses(client)[0]).toBe('FAULTY');
  expect((await failureOf(client.chainId())).message).toMatch(/127\.0\.0\.1#1: (137|WRONG_CHAIN)/);
  other.server.close();
});

test.each<[string, unknown]>([
  ['no block', 'yes'],
  ['another block', { number: '0x2', hash: LIE, parentHash: LIE, timestamp: '0x1' }],
  ['a number that is none', { number: 1, hash: LIE, parentHash: LIE, timestamp: '0x1' }],
  ['a short hash', { number: '0x1', hash: '0x1', parentHash: LIE, timestamp: '0x1' }],
])('%s in place of a block is a fault, and the next endpoint is asked', async (_, block) => {
  const liar = await startLiar({ eth_getBlockByNumber: block });
  const client = open([liar.url, proxyAt(2).url]);
  expect(await client.blockAt(1n)).toMatchObject({ number: 1n });
  expect((await failureOf(open([liar.url]).blockAt(1n))).message).toContain('NONSENSE');
  liar.server.close();
});

test('neither errors nor health nor the log quote a URL or a key, whatever goes wrong', async () => {
  const liar = await startLiar({ eth_getBlockByNumber: 'hunter2' });
  const client = open([
    proxyAt(0).url,
    proxyAt(1).url,
    liar.url,
    'http://127.0.0.1:1',
    'http://no-such-host.invalid',
  ]);
  proxyAt(0).setFaults({ serverError: 1 });
  proxyAt(1).setFaults({ reset: 1 });
  const errors = [
    await failureOf(client.tags()),
    await failureOf(client.blockAt(1n)),
    await failureOf(client.chainId()),
  ];
  const told = JSON.stringify([
    ...errors.map(({ message, stack, cause }) => [message, stack?.split('\n', 1), cause]),
    client.health(),
    lines,
  ]);
  expect(told).toContain('127.0.0.1#3');
  expect(told).toContain('no-such-host.invalid');
  expect(told).not.toMatch(/hunter2|:\/\/|v2|user/);
  liar.server.close();
});

test('close breaks off what is under way, and leaves no connection', async () => {
  const client = openAt(2);
  await client.tags();
  expect(await proxyAt(2).connections()).toBeGreaterThan(0);
  proxyAt(2).setFaults({ hang: 1 });
  const failure = failureOf(client.blockAt(1n));
  const sending = client.broadcast('0x02');
  await client.close();
  expect((await failure).name).toBe('ChainUnreachableError');
  expect(await sending).toBe('UNKNOWN');
  while ((await proxyAt(2).connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
});

/** Answers these methods so, and all others with an error. */
async function startLiar(
  results: Readonly<Record<string, unknown>>,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString());
    const answer = ({ id, method }: { readonly id: number; readonly method: string }) =>
      Object.hasOwn(results, method)
        ? { id, result: results[method] }
        : { id, error: { code: -32000, message: 'no hunter2' } };
    response.end(JSON.stringify(Array.isArray(body) ? body.map(answer) : answer(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
