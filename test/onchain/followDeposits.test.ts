import { type Account, type Address, erc20Abi, type Hex, parseGwei } from 'viem';
import { present } from '../../platform/invariant.ts';
import { feeOnTransferAbi, feeOnTransferBytecode } from '../../rails/onchain/contracts/FeeOnTransfer.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { lower, Owner } from './followOwners.ts';
import { addAsset, type Scene, startScene } from './followSupport.ts';

/** Deposits that leave a chain and come back, and a token that delivers less than was sent. */
let scene: Scene;
let owner: Owner;
let payer: Account;
let wallet: Address;
let feeToken: Address;

beforeAll(async () => {
  scene = await startScene();
  owner = await Owner.add(scene);
  payer = await scene.chain.makeHolder(1_000n);
  const outsider = scene.chain.walletOf(payer);
  const hash = await outsider.deployContract({
    abi: feeOnTransferAbi,
    bytecode: feeOnTransferBytecode,
    args: [payer.address, 1_000_000n],
  });
  const { contractAddress } = await scene.chain.node.getTransactionReceipt({ hash });
  feeToken = lower(present(contractAddress, 'a contract'));
  const fee = { asset: 'FEE', contract: feeToken, transfersExactly: false, hasAuthorizations: false };
  scene.follow({ network: addAsset(scene.network, fee) });
  await scene.untilFollowed();
});

beforeEach(async () => {
  wallet = (await owner.addDepositAddress('USDC')).address;
});

afterEach(async () => {
  await scene.chain.node.setAutomine(true);
});

afterAll(async () => {
  await scene.end();
});

async function reorg(depth: number): Promise<void> {
  await scene.chain.node.request({ method: 'anvil_reorg' as never, params: [depth, []] as never });
}

/** Pays into a block of its own. @returns the hash, and the bytes to hand in again when a re-org took them */
async function pay(from: Account, amount: bigint, tip = 1n) {
  const hash = await scene.chain.walletOf(from).writeContract({
    address: localContracts.usdc,
    abi: erc20Abi,
    functionName: 'transfer',
    args: [wallet, amount],
    // Enough also where it comes first, to an address that has nothing yet.
    gas: 100_000n,
    maxFeePerGas: parseGwei('20'),
    maxPriorityFeePerGas: tip,
  });
  const raw = await scene.chain.node.request({
    method: 'eth_getRawTransactionByHash' as never,
    params: [hash] as never,
  });
  return { hash, raw: raw as Hex };
}

/** Into the pool, where they wait for a block. */
async function handIn(raws: readonly Hex[]): Promise<void> {
  for (const raw of raws) {
    const response = await fetch(scene.chain.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }),
    });
    expect(await response.json()).toHaveProperty('result');
  }
}

async function depositsHere() {
  return (await scene.deposits()).filter((row) => row.to_address === lower(wallet));
}

async function untilStates(...states: readonly string[]): Promise<void> {
  await scene.until(`they are ${states}`, async () => {
    return (await depositsHere()).map(({ state }) => state).join() === states.join();
  });
}

test('a deposit that does not come back within 64 blocks of finality is DROPPED, and one that comes later lives again', async () => {
  const { hash, raw } = await pay(payer, 100n);
  await scene.untilFollowed();
  const [{ block_number: lost } = { block_number: 0n }] = await depositsHere();
  await reorg(1);
  await scene.untilFollowed();
  // Finalized is two blocks behind the head.
  await scene.chain.node.mine({ blocks: Number(lost + 64n + 2n - (await scene.head())) });
  await scene.untilFollowed();
  await scene.until('the last finality is taken in', async () => {
    const [row] = await scene.rows<{ finalized_number: bigint }>(
      'select finalized_number from chain.network',
    );
    return row?.finalized_number === lost + 64n;
  });
  expect(await depositsHere()).toMatchObject([{ state: 'ORPHANED', version: 2 }]);
  await scene.chain.node.mine({ blocks: 1 });
  await untilStates('DROPPED');
  await scene.chain.node.sendRawTransaction({ serializedTransaction: raw });
  await scene.untilFollowed();
  expect(await depositsHere()).toMatchObject([{ transaction_hash: hash, state: 'SEEN', version: 4 }]);
  await scene.chain.node.mine({ blocks: 3 });
  await untilStates('FINAL');
});

test('the same transaction under another index of its log is another deposit, and only one of the two becomes final', async () => {
  const other = await scene.chain.makeHolder(1_000n);
  const first = await pay(payer, 200n);
  const richer = await pay(other, 300n, parseGwei('5'));
  await scene.untilFollowed();
  await reorg(2);
  await scene.untilFollowed();
  await untilStates('ORPHANED', 'ORPHANED');
  await scene.chain.node.setAutomine(false);
  await handIn([richer.raw, first.raw]);
  await scene.chain.node.mine({ blocks: 1 });
  await scene.untilFollowed();
  const seen = (rows: Awaited<ReturnType<typeof depositsHere>>) =>
    rows.map((row) => [row.transaction_hash, row.log_index, row.state]);
  expect(seen(await depositsHere())).toEqual([
    [first.hash, 0, 'ORPHANED'],
    [richer.hash, 0, 'SEEN'],
    [first.hash, 1, 'SEEN'],
  ]);
  await scene.chain.node.mine({ blocks: 70 });
  await untilStates('DROPPED', 'FINAL', 'FINAL');
  expect(await scene.chain.usdcOf(wallet)).toBe(500n);
});

test('of a token that takes a fee, what arrived is credited', async () => {
  wallet = (await owner.addDepositAddress('FEE')).address;
  const outsider = scene.chain.walletOf(payer);
  await scene.untilFollowed();
  for (const amount of [10_000n, 5_000n])
    await outsider.writeContract({
      address: feeToken,
      abi: feeOnTransferAbi,
      functionName: 'transfer',
      args: [wallet, amount],
    });
  await scene.untilFollowed();
  expect(await depositsHere()).toMatchObject([
    { asset: 'FEE', amount: 9_900n, state: 'SEEN', credits: 'WALLET' },
    { asset: 'FEE', amount: 4_950n, state: 'SEEN', credits: 'WALLET' },
  ]);
  expect(
    await scene.chain.node.readContract({
      address: feeToken,
      abi: feeOnTransferAbi,
      functionName: 'balanceOf',
      args: [wallet],
    }),
  ).toBe(14_850n);
});
