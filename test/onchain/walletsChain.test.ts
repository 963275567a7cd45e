import { type Address, erc20Abi, getAddress } from 'viem';
import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { NetworkConfig } from '../../rails/onchain/network.ts';
import { local } from '../../rails/onchain/networks/local.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import { createWallets } from '../../subgraphs/wallets/main.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';
import { ChainRows, newAddress } from '../harness/chainRows.ts';
import { type Answer, ask, createWallet, type Fixture, openFixture, run } from '../wallets/fixture.ts';

/** What the wallets subgraph asks a real chain. */
const USDC = localContracts.usdc;
const logger = createLogger({ level: 'silent', name: 'test' });
/** A block is so long here that nothing is asked twice unless a test makes it old. */
const BLOCK_TIME_MS = 3_600_000;

let chain: TestChain;
let client: ChainClient;
let network: NetworkConfig;
let fixture: Fixture;
let rows: ChainRows;
let custody: Address;
const opened: Subgraph[] = [];

beforeAll(async () => {
  [chain, fixture] = await Promise.all([startTestChain(), openFixture()]);
  const rpcUrls = [chain.url];
  client = createChainClient({ network: 'LOCAL', rpcUrls, logger });
  network = { ...local, rpcUrls };
  rows = new ChainRows(fixture.rows);
  await rows.connect('LOCAL', {
    chainId: 31_337,
    nativeAsset: 'ETH',
    blockTimeMs: BLOCK_TIME_MS,
    assets: [
      ['USDC', USDC, 6],
      ['ETH', null, 18],
    ],
  });
  const { organizationId } = fixture.ours;
  const holder = await chain.makeHolder(1_000_000_000n);
  custody = holder.address;
  await rows.addCustody('LOCAL', organizationId, await rows.addRoot(organizationId), custody);
});

afterAll(async () => {
  for (const subgraph of opened) await subgraph.close();
  await client.close();
  await Promise.all([chain.end(), fixture.close()]);
});

/** A process of its own, which remembers nothing of what others asked. */
async function openWallets(asked: ChainClient | null = client): Promise<Subgraph> {
  const subgraph = await createWallets({
    databaseUrl: fixture.url,
    logger,
    mode: 'SANDBOX',
    ...(asked === null ? {} : { chains: new Map([['LOCAL', asked]]), networks: [network] }),
  });
  opened.push(subgraph);
  return subgraph;
}

const open = (asset: string, on = 'LOCAL') =>
  createWallet(fixture.wallets, fixture.ours.viewer, { network: on, asset });

const BALANCE = `query ($id: ID!) { wallet(id: $id) {
  address onchainBalance { amount { amount asset { code } } blockNumber asOf } } }`;

async function walletIn(subgraph: Subgraph, id: string): Promise<Answer> {
  return (await ask(subgraph, fixture.ours.viewer, BALANCE, { id })).wallet;
}

/** Makes a client that counts what reaches it, and may answer otherwise. */
function watched(more: Partial<ChainClient> = {}) {
  const calls = { tags: 0, balances: 0 };
  const asked: ChainClient = {
    ...client,
    tags: () => {
      calls.tags++;
      return client.tags();
    },
    balances: (...call) => {
      calls.balances++;
      return client.balances(...call);
    },
    ...more,
  };
  return { asked, calls };
}

test('a balance is what the chain has at the address, of a token and of the coin, with its block', async () => {
  const subgraph = await openWallets();
  const [usdc, eth] = [await open('USDC'), await open('ETH')];
  const to = getAddress((await walletIn(await openWallets(), usdc)).address);
  const payer = await chain.makeHolder(5_250_000n);
  await chain.walletOf(payer).writeContract({
    address: USDC,
    abi: erc20Abi,
    functionName: 'transfer',
    args: [to, 5_250_000n],
  });
  await chain.node.setBalance({
    address: (await walletIn(await openWallets(), eth)).address,
    value: 1_000_000_000_000_000_001n,
  });
  await chain.node.mine({ blocks: 1 });
  const head = (await chain.node.getBlockNumber()).toString();
  const before = Date.now();
  const { onchainBalance } = await walletIn(subgraph, usdc);
  expect(onchainBalance).toMatchObject({
    amount: { amount: '5.250000', asset: { code: 'USDC' } },
    blockNumber: head,
  });
  expect(Date.parse(onchainBalance.asOf)).toBeGreaterThanOrEqual(before);
  expect((await walletIn(subgraph, eth)).onchainBalance.amount).toEqual({
    amount: '1.000000000000000001',
    asset: { code: 'ETH' },
  });
  // What is owed to the wallet is another matter: nothing was settled.
  expect(await fixture.rows('select count(*)::int as count from ledger.transfer')).toEqual([{ count: 0 }]);
});

test('a page of wallets asks the chain once for each contract, and the same page none within a block', async () => {
  const { asked, calls } = watched();
  const subgraph = await openWallets(asked);
  for (const asset of ['USDC', 'USDC', 'ETH', 'ETH']) await open(asset);
  const page = () =>
    ask(
      subgraph,
      fixture.ours.viewer,
      '{ wallets(first: 50) { edges { node { onchainBalance { blockNumber } } } } }',
    );
  const first = await page();
  expect(first.wallets.edges.length).toBeGreaterThanOrEqual(4);
  expect(calls).toEqual({ tags: 2, balances: 2 });
  expect(await page()).toEqual(first);
  expect(calls).toEqual({ tags: 2, balances: 2 });
});

test('a balance is asked for again after about a block', async () => {
  const { asked, calls } = watched();
  const subgraph = await openWallets(asked);
  const id = await open('USDC');
  await fixture.rows('update chain.network set block_time_ms = 0');
  const first = (await walletIn(subgraph, id)).onchainBalance;
  await chain.node.mine({ blocks: 1 });
  const second = (await walletIn(subgraph, id)).onchainBalance;
  await fixture.rows('update chain.network set block_time_ms = $1', [BLOCK_TIME_MS]);
  expect(calls.balances).toBe(2);
  expect(BigInt(second.blockNumber)).toBeGreaterThan(BigInt(first.blockNumber));
});

test('there is no balance where there is no chain, or no address yet', async () => {
  const subgraph = await openWallets();
  expect(await walletIn(subgraph, await open('USD', 'LEDGER'))).toEqual({
    address: null,
    onchainBalance: null,
  });
  expect(await walletIn(subgraph, await open('USDC', 'BASE'))).toEqual({
    address: null,
    onchainBalance: null,
  });
});

test.each([
  ['is down', () => ({ tags: () => downClient.tags() })],
  ['answers never', () => ({ tags: () => new Promise<never>(() => undefined) })],
  ['is not configured in this process', () => null],
])('a chain that %s is an error that says so, and the rest of the wallet is there', async (_, fault) => {
  const more = fault();
  const subgraph = await openWallets(more && watched(more).asked);
  const id = await open('USDC');
  const { data, errors } = await run(subgraph, fixture.ours.viewer, BALANCE, { id });
  expect(errors?.map(({ extensions, path }) => [extensions.code, extensions.retryable, path])).toEqual([
    ['UNAVAILABLE', true, ['wallet', 'onchainBalance']],
  ]);
  expect(data).toMatchObject({ wallet: { onchainBalance: null, address: expect.stringMatching(/^0x/) } });
  expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|:\d{4}/);
});

/** Of a port where nobody listens. */
const downClient = createChainClient({
  network: 'LOCAL',
  rpcUrls: ['http://127.0.0.1:9'],
  logger,
});
afterAll(() => downClient.close());

const ESTIMATE = `query ($input: EstimateSendInput!) { estimateSend(input: $input) {
  __typename
  ... on SendEstimate { gasLimit maxFeePerGasWei fee { amount asset { code } } feeMax { amount } isSponsored expectedSeconds }
  ... on Failure { code message }
  ... on NotOnChain { accountId }
} }`;

async function estimate(subgraph: Subgraph, input: object): Promise<Answer> {
  const asked = { destinationAddress: newAddress(), amount: '1.5', ...input };
  return (await ask(subgraph, fixture.ours.viewer, ESTIMATE, { input: asked })).estimateSend;
}

test('an estimate is of this chain: gas for the call, and a fee in its coin that is at most what it says', async () => {
  const subgraph = await openWallets();
  const token = await estimate(subgraph, { walletId: await open('USDC') });
  expect(token).toMatchObject({
    __typename: 'SendEstimate',
    fee: { asset: { code: 'ETH' } },
    isSponsored: true,
    // 20 blocks behind, 3 confirmations and the one that takes it, at an hour each.
    expectedSeconds: 21 * 3_600,
  });
  const call = { account: custody, address: USDC, functionName: 'transfer' } as const;
  const used = await chain.node.estimateContractGas({
    ...call,
    abi: erc20Abi,
    args: [newAddress(), 1_500_000n],
  });
  expect(BigInt(token.gasLimit)).toBeGreaterThanOrEqual(used);
  expect(wei(token.fee.amount)).toBeGreaterThan(0n);
  expect(wei(token.feeMax.amount)).toBe(BigInt(token.gasLimit) * BigInt(token.maxFeePerGasWei));
  expect(wei(token.feeMax.amount)).toBeGreaterThanOrEqual(wei(token.fee.amount));
  expect(await estimate(subgraph, { walletId: await open('ETH') })).toMatchObject({ gasLimit: '21000' });
});

/** Minor units of an amount with all 18 decimals. */
function wei(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

test('there is no estimate without a chain', async () => {
  const subgraph = await openWallets();
  for (const walletId of [await open('USD', 'LEDGER'), await open('USDC', 'BASE')])
    expect(await estimate(subgraph, { walletId })).toMatchObject({
      __typename: 'NotOnChain',
      code: 'NOT_ON_CHAIN',
      accountId: formatId('acc', parseId('wal', walletId) as Uuid),
    });
});

test.each(['0x12', `0x${'0'.repeat(40)}`, `0xF${'a'.repeat(39)}`, ''])(
  'the address %j is refused',
  async (destinationAddress) => {
    expect(
      await estimate(await openWallets(), { walletId: await open('USDC'), destinationAddress }),
    ).toMatchObject({ __typename: 'InvalidInput' });
  },
);

test('a chain that is down is no estimate but an error', async () => {
  const subgraph = await openWallets(downClient);
  const input = { walletId: await open('USDC'), destinationAddress: newAddress(), amount: '1' };
  const { errors } = await run(subgraph, fixture.ours.viewer, ESTIMATE, { input });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
});
