import type { Address } from 'viem';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { reconcileOnce } from '../../rails/onchain/reconcile/reconciler.ts';
import { createRandom } from '../crash/random.ts';
import { type RpcProxy, startRpcProxy } from '../harness/rpcProxy.ts';
import { lower, Owner, relay, sweepCall } from './followOwners.ts';
import { type Scene, silent, startScene } from './followSupport.ts';

/** What arrives and is not seen: it is named, with where it lies. */
let scene: Scene;
let owner: Owner;
let proxy: RpcProxy;

beforeAll(async () => {
  scene = await startScene();
  proxy = await startRpcProxy(scene.chain.url, createRandom(5));
  owner = await Owner.add(scene);
  scene.follow({ client: scene.client(proxy.url) });
  await scene.untilFollowed();
});

afterAll(async () => {
  await scene.end();
  await proxy.close();
});

async function reconcile() {
  await scene.chain.node.mine({ blocks: 3 });
  await scene.untilFollowed();
  const client = scene.client();
  await scene.until('it was compared', async () => {
    const { database, network } = scene;
    return (await reconcileOnce({ database, network, client, logger: silent })) !== null;
  });
  return await scene.rows<{ kind: string; asset: string; address: Address | null; actual: bigint }>(
    `select kind, asset, address, expected, actual, detail, organization_id from chain.difference
      where closed_at is null order by kind, asset, address`,
  );
}

test('all that came and went on the way we know is explained, at every address', async () => {
  const [holder, second, coins] = [
    await owner.addDepositAddress('USDC'),
    await owner.addDepositAddress('USDC'),
    await owner.addDepositAddress('ETH'),
  ];
  const pay = await scene.payer();
  await pay(holder.address, 50n);
  await pay(second.address, 60n);
  const sweeps = [await owner.authorize(holder, 50n), await owner.authorize(second, 60n)];
  const [ours, theirs] = sweeps as [(typeof sweeps)[0], (typeof sweeps)[0]];
  await relay(scene, theirs);
  await owner.handIn(await owner.sign(await owner.plan('SWEEP', [], [ours]), sweepCall([ours])));
  const payment = { to: lower(coins.address), amount: 1_000n };
  const planned = await owner.plan('TRANSFER', [payment]);
  await owner.handIn(await owner.sign(planned, { to: payment.to, value: payment.amount }));
  expect(await reconcile()).toEqual([]);
  // As one more wei shows, at each of them, and beside each other asset nothing.
  for (const address of [owner.from, payment.to]) {
    const value = (await scene.chain.node.getBalance({ address })) + 1n;
    await scene.chain.node.setBalance({ address, value });
  }
  expect((await reconcile()).map(({ kind, asset, address }) => [kind, asset, address])).toEqual([
    ['BALANCE', 'ETH', null],
    ...[owner.from, payment.to].toSorted().map((address) => ['INCOMING_UNSEEN', 'ETH', address]),
  ]);
  for (const address of [owner.from, payment.to]) {
    const value = (await scene.chain.node.getBalance({ address })) - 1n;
    await scene.chain.node.setBalance({ address, value });
  }
  expect(await reconcile()).toEqual([]);
});

test('coins that a contract pays are no deposit, and are named until they are booked', async () => {
  const address = lower((await owner.addDepositAddress('ETH')).address);
  const outsider = scene.chain.walletOf(await scene.chain.makeHolder());
  await outsider.sendTransaction({ to: address, value: 1_000n });
  await outsider.writeContract({
    address: localContracts.multisend,
    abi: multisendAbi,
    functionName: 'sendNative',
    args: [[{ to: address, value: 5n }]],
    value: 5n,
  });
  const [balance, unseen] = await reconcile();
  expect(balance).toMatchObject({ kind: 'BALANCE', asset: 'ETH', organization_id: owner.organizationId });
  expect(unseen).toEqual({
    kind: 'INCOMING_UNSEEN',
    asset: 'ETH',
    address,
    expected: 1_000n,
    actual: 1_005n,
    detail: `${address} has 1005, of which 5 came by nothing that was seen (minor units)`,
    organization_id: owner.organizationId,
  });
  expect((await scene.deposits()).filter(({ amount }) => amount === 5n)).toEqual([]);
  // More of it is the same difference, with another amount.
  await outsider.writeContract({
    address: localContracts.multisend,
    abi: multisendAbi,
    functionName: 'sendNative',
    args: [[{ to: address, value: 7n }]],
    value: 7n,
  });
  expect((await reconcile()).map(({ kind, actual }) => [kind, actual])).toContainEqual([
    'INCOMING_UNSEEN',
    1_012n,
  ]);
  await scene.rows(
    `insert into chain.deposit (id, network, transaction_hash, log_index, organization_id, asset, amount, from_address,
       to_address, credits, state, block_number, block_hash, block_at)
     select uuidv7(), network, 'by hand', -1, organization_id, asset, 12, '', to_address, 'SUSPENSE', 'FINAL',
            block_number, block_hash, block_at from chain.deposit where to_address = $1`,
    [address],
  );
  expect(await reconcile()).toEqual([]);
});

test('a token whose log no endpoint tells of is named where it lies', async () => {
  const address = lower((await owner.addDepositAddress('USDC')).address);
  const pay = await scene.payer();
  await scene.untilFollowed();
  proxy.setFaults({ omitLogs: 1 });
  const hash = await pay(address, 33n);
  await scene.untilFollowed();
  proxy.heal();
  const isSeen = (await scene.deposits()).some(({ transaction_hash }) => transaction_hash === hash);
  const differences = await reconcile();
  expect(isSeen).toBe(false);
  expect(differences.map((one) => [one.kind, one.asset, one.address])).toEqual([
    ['BALANCE', 'USDC', null],
    ['INCOMING_UNSEEN', 'USDC', address],
  ]);
});
