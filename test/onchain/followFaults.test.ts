import type { Address } from 'viem';
import type { FailpointName } from '../../rails/onchain/follow/chainFollower.ts';
import { createRandom } from '../crash/random.ts';
import { type RpcProxy, startRpcProxy } from '../harness/rpcProxy.ts';
import { Owner } from './followOwners.ts';
import { type Scene, startScene } from './followSupport.ts';

/** A follower among endpoints that are behind or leave things out, and beside another follower. */
let scene: Scene;
let proxy: RpcProxy;
let wallet: Address;
let pay: Awaited<ReturnType<Scene['payer']>>;

beforeAll(async () => {
  scene = await startScene(5);
  proxy = await startRpcProxy(scene.chain.url, createRandom(6));
  const owner = await Owner.add(scene);
  wallet = (await owner.addDepositAddress('USDC')).address;
  pay = await scene.payer();
  await scene.chain.node.mine({ blocks: 12 });
});

afterEach(() => {
  proxy.heal();
});

afterAll(async () => {
  await scene.end();
  await proxy.close();
});

test('an endpoint that falls behind takes nothing back', async () => {
  const reached = new Set<FailpointName>();
  let looks = 0;
  const follower = scene.follow({
    client: scene.client(proxy.url),
    failpoint: async (name) => {
      reached.add(name);
      if (name === 'look') looks += 1;
    },
  });
  await pay(wallet, 11n);
  await scene.chain.node.mine({ blocks: 2 });
  await scene.untilFollowed();
  const before = await scene.deposits();
  proxy.setFaults({ lagBlocks: 8 });
  const begun = looks;
  await scene.until('it has looked', async () => looks > begun + 5);
  expect(await scene.deposits()).toEqual(before);
  expect(reached).not.toContain('before_rewind');
  await pay(wallet, 12n);
  proxy.heal();
  await scene.untilFollowed();
  expect((await scene.deposits()).map(({ amount, state }) => [amount, state])).toEqual([
    [11n, 'SEEN'],
    [12n, 'SEEN'],
  ]);
  expect(reached).not.toContain('before_rewind');
  await follower.stop();
});

test('a deposit whose log the endpoint’s index leaves out is seen by its receipt', async () => {
  const follower = scene.follow({ client: scene.client(proxy.url) });
  proxy.setFaults({ omitLogs: 1, receiptsAreTrue: true });
  const hash = await pay(wallet, 21n);
  await scene.untilFollowed();
  expect((await scene.deposits()).at(-1)).toMatchObject({
    transaction_hash: hash,
    amount: 21n,
    state: 'SEEN',
  });
  await follower.stop();
});

/** Stops a follower before it takes back what a re-org took, until it is let go on. */
function pauseAt(step: FailpointName) {
  let reach = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isPaused = false;
  const failpoint = async (name: FailpointName): Promise<void> => {
    if (name !== step || isPaused) return;
    isPaused = true;
    reach();
    await released;
  };
  return { failpoint, reached, release: () => release() };
}

test('a follower that was paused past its lease writes nothing when it wakes', async () => {
  const pause = pauseAt('before_rewind');
  const paused = scene.follow({ failpoint: pause.failpoint });
  await pay(wallet, 31n);
  await scene.untilFollowed();
  await scene.chain.node.request({ method: 'anvil_reorg' as never, params: [2, []] as never });
  await pause.reached;
  const heir = scene.follow();
  await scene.until('the other has taken over', async () => heir.status().holdsLease);
  await pay(wallet, 32n);
  await scene.untilFollowed();
  const stateOf = async (amount: bigint) =>
    (await scene.deposits()).filter((row) => row.amount === amount).map((row) => [row.state, row.version]);
  expect(await stateOf(31n)).toEqual([['ORPHANED', 2]]);
  expect(await stateOf(32n)).toEqual([['SEEN', 1]]);
  pause.release();
  await scene.until('it has noticed', async () => !paused.status().holdsLease);
  expect(await stateOf(31n)).toEqual([['ORPHANED', 2]]);
  expect(await stateOf(32n)).toEqual([['SEEN', 1]]);
  expect(heir.status().holdsLease).toBe(true);
  await Promise.all([paused.stop(), heir.stop()]);
});
