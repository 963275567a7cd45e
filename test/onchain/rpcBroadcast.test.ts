import { type Hex, parseEther, parseGwei, type TransactionSerializableEIP1559 } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { createLogger } from '../../platform/log.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import { createRandom } from '../crash/random.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';
import { type RpcProxy, startRpcProxy } from '../harness/rpcProxy.ts';

/** What a real node says to signed transactions, and what comes of it with two endpoints. */
let chain: TestChain;
let client: ChainClient;
let holder: PrivateKeyAccount;
const proxies: RpcProxy[] = [];

beforeAll(async () => {
  chain = await startTestChain();
  for (const seed of [1, 2]) proxies.push(await startRpcProxy(chain.url, createRandom(seed)));
  const logger = createLogger({ level: 'silent', name: 'test' });
  const rpcUrls = proxies.map(({ url }) => url);
  client = createChainClient({ network: 'LOCAL', rpcUrls, logger, limits: { callTimeoutMs: 1_000 } });
});

afterAll(async () => {
  await client.close();
  for (const proxy of proxies) proxy.close();
  await chain.end();
});

beforeEach(async () => {
  holder = await chain.makeHolder();
  await chain.node.setAutomine(false);
});

afterEach(async () => {
  for (const proxy of proxies) proxy.heal();
  await chain.node.mine({ blocks: 1 });
  await chain.node.setAutomine(true);
});

async function sign(change: Partial<TransactionSerializableEIP1559> = {}, signer = holder): Promise<Hex> {
  return await signer.signTransaction({
    type: 'eip1559',
    chainId: 31_337,
    nonce: 0,
    to: holder.address,
    value: 0n,
    gas: 21_000n,
    maxFeePerGas: parseGwei('100'),
    maxPriorityFeePerGas: parseGwei('10'),
    ...change,
  });
}

test('it is accepted however often it is handed in, until its nonce is used up', async () => {
  const raw = await sign();
  expect(await client.broadcast(raw)).toBe('ACCEPTED');
  expect(await client.broadcast(raw)).toBe('ACCEPTED');
  await chain.node.mine({ blocks: 1 });
  expect(await client.broadcast(raw)).toBe('NONCE_USED');
  expect(await client.broadcast(await sign({ value: 1n }))).toBe('NONCE_USED');
});

test('what cannot be paid, priced or understood is told apart', async () => {
  const poor = privateKeyToAccount(generatePrivateKey());
  expect(await client.broadcast(await sign({}, poor))).toBe('INSUFFICIENT_FUNDS');
  expect(await client.broadcast(await sign({ value: parseEther('11') }))).toBe('INSUFFICIENT_FUNDS');
  expect(await client.broadcast(await sign({ gas: 20_000n }))).toBe('INVALID');
  expect(
    await client.broadcast(await sign({ gas: 10n ** 9n, maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 1n })),
  ).toBe('INVALID');
  expect(await client.broadcast(await sign({ chainId: 137 }))).toBe('INVALID');
  expect(await client.broadcast('0x02c0')).toBe('INVALID');
});

test('a replacement has to raise both fees by a tenth', async () => {
  for (const proxy of proxies) proxy.setFaults({ replacementRule: true });
  expect(await client.broadcast(await sign())).toBe('ACCEPTED');
  const raise = (maxFee: string, priorityFee: string) =>
    sign({ value: 1n, maxFeePerGas: parseGwei(maxFee), maxPriorityFeePerGas: parseGwei(priorityFee) });
  // Each proxy knows what it has seen itself.
  for (const proxy of proxies) {
    const alone = createChainClient({
      network: 'LOCAL',
      rpcUrls: [proxy.url],
      logger: createLogger({ level: 'silent', name: 'test' }),
    });
    expect(await alone.broadcast(await sign())).toBe('ACCEPTED');
    expect(await alone.broadcast(await raise('109', '20'))).toBe('UNDERPRICED');
    expect(await alone.broadcast(await raise('110', '10.9'))).toBe('UNDERPRICED');
    await alone.close();
  }
  expect(await client.broadcast(await raise('110', '11'))).toBe('ACCEPTED');
});

test('one endpoint is enough, and an answer that is lost is unknown and not refused', async () => {
  const [one, other] = proxies;
  one?.setFaults({ serverError: 1 });
  expect(await client.broadcast(await sign())).toBe('ACCEPTED');
  other?.setFaults({ garbage: 1 });
  // It reached the node all the same.
  expect(await client.broadcast(await sign({ nonce: 1 }))).toBe('UNKNOWN');
  for (const proxy of proxies) proxy.heal();
  expect(await client.broadcast(await sign({ nonce: 1 }))).toBe('ACCEPTED');
});
