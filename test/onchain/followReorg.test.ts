import fc from 'fast-check';
import type { Address, Hex } from 'viem';
import { newUuid } from '../../platform/id.ts';
import { giveAddresses } from '../../rails/onchain/addresses.ts';
import type { FailpointName } from '../../rails/onchain/follow/chainFollower.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { addRoot, addressOf, type Scene, startScene } from './followSupport.ts';

const ROUNDS = 20;
const SEED = 4;
const STEPS: readonly FailpointName[] = [
  'before_extend',
  'blocks_inserted',
  'blocks_recorded',
  'after_extend',
  'before_rewind',
  'taken_back',
  'after_rewind',
  'before_finalize',
  'finalized',
  'after_finalize',
];

let scene: Scene;
let wallet: Address;
let pay: Awaited<ReturnType<Scene['payer']>>;

beforeAll(async () => {
  // Finalized is ten blocks behind, deeper than any re-org here.
  scene = await startScene(5);
  const organizationId = await addRoot(scene);
  const walletId = newUuid();
  await scene.database.write((tx) =>
    giveAddresses(tx, [{ walletId, organizationId, network: 'LOCAL', asset: 'USDC' }]),
  );
  wallet = await addressOf(scene.database, 'wallet_id', walletId);
  pay = await scene.payer();
  await scene.chain.node.mine({ blocks: 12 });
});

afterAll(async () => {
  await scene.end();
});

async function reorg(depth: number): Promise<void> {
  await scene.chain.node.request({ method: 'anvil_reorg' as never, params: [depth, []] as never });
}

/** What the chain says now of all that was paid, by what a deposit is known by. */
async function truth(upTo: bigint): Promise<readonly string[]> {
  const logs = await scene.chain.node.getLogs({
    address: localContracts.usdc,
    fromBlock: 0n,
    toBlock: upTo,
  });
  return logs
    .filter(({ topics }) => (topics as readonly Hex[])[2]?.endsWith(wallet.slice(2)))
    .map(
      ({ transactionHash, logIndex, data, blockHash }) =>
        `${transactionHash} ${logIndex} ${BigInt(data)} ${blockHash}`,
    )
    .sort();
}

async function depositsIn(...states: readonly string[]): Promise<readonly string[]> {
  const rows = (await scene.deposits()).filter(({ state }) => states.includes(state));
  return rows.map((row) => `${row.transaction_hash} ${row.log_index} ${row.amount} ${row.block_hash}`).sort();
}

test('a deposit that a re-org takes is ORPHANED, and the same row again when it comes back elsewhere', async () => {
  const follower = scene.follow();
  const hash = await pay(wallet, 100n);
  await scene.untilFollowed();
  const raw = await scene.chain.node.request({
    method: 'eth_getRawTransactionByHash' as never,
    params: [hash] as never,
  });
  await reorg(1);
  await scene.untilFollowed();
  expect(await scene.deposits()).toMatchObject([{ state: 'ORPHANED', version: 2 }]);
  await scene.chain.node.mine({ blocks: 2 });
  await scene.chain.node.sendRawTransaction({ serializedTransaction: raw as Hex });
  await scene.chain.node.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  await scene.untilFollowed();
  expect(await scene.deposits()).toMatchObject([{ transaction_hash: hash, state: 'SEEN', version: 3 }]);
  expect(await depositsIn('SEEN')).toEqual(await truth(await scene.head()));
  await follower.stop();
});

test('what is FINAL after many re-orgs is what the chain says up to its finalized block', async () => {
  const follower = scene.follow();
  const rounds = fc.sample(
    fc.record({ paid: fc.nat(3), depth: fc.integer({ min: 1, max: 8 }), isSeen: fc.boolean() }),
    {
      seed: SEED,
      numRuns: ROUNDS,
    },
  );
  for (const { paid, depth, isSeen } of rounds) {
    for (let count = 0; count < paid; count++) await pay(wallet, 10n + BigInt(count));
    if (isSeen) await scene.untilFollowed();
    await reorg(depth);
  }
  await pay(wallet, 77n);
  await scene.untilFollowed();
  expect(await depositsIn('SEEN', 'FINAL')).toEqual(await truth(await scene.head()));
  await scene.chain.node.mine({ blocks: 11 });
  const finalized = await scene.chain.node.getBlock({ blockTag: 'finalized' });
  const expected = await truth(finalized.number);
  expect(expected.length).toBeGreaterThan(0);
  await scene.until('all is final', async () => (await depositsIn('FINAL')).length >= expected.length);
  expect(await depositsIn('FINAL')).toEqual(expected);
  await follower.stop();
}, 60_000);

test('a follower that dies at any step is succeeded by one that neither loses nor doubles', async () => {
  const reached: string[] = [];
  for (const step of STEPS) {
    let isDead = false;
    const dying = scene.follow({
      failpoint: async (name) => {
        if (name === step && !isDead) {
          isDead = true;
          reached.push(name);
        }
        if (isDead) throw new Error(`dead at ${step}`);
      },
    });
    await scene.until('it works', async () => dying.status().holdsLease);
    const heir = scene.follow();
    await pay(wallet, 31n);
    await scene.chain.node.mine({ blocks: 1 });
    if (step.includes('rewind') || step === 'taken_back') {
      await scene.untilFollowed();
      await reorg(2);
    }
    await scene.untilFollowed();
    expect(await depositsIn('SEEN', 'FINAL')).toEqual(await truth(await scene.head()));
    await Promise.all([dying.stop(), heir.stop()]);
  }
  expect(reached).toEqual(STEPS);
}, 90_000);

test('the breaker opens while finality stands still, and closes with it', async () => {
  const stalling = { ...scene.network, finality: { ...scene.network.finality, finalizedAgeMaxMs: 3_000 } };
  const statusOf = async () =>
    (await scene.rows<{ status: string }>('select status from chain.network'))[0]?.status;
  await scene.chain.node.mine({ blocks: 11 });
  const follower = scene.follow({ network: stalling });
  await scene.until('it is well', async () => (await statusOf()) === 'HEALTHY');
  await scene.until('it is stalled', async () => (await statusOf()) === 'STALLED');
  // Those are as old as their second; the finalized one has to be a young one.
  await scene.chain.node.mine({ blocks: 20 });
  await scene.until('it is well again', async () => (await statusOf()) === 'HEALTHY');
  await follower.stop();
});
