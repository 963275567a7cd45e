import { type Authorization, Owner, relay, sweepCall } from './followOwners.ts';
import { type Scene, startScene } from './followSupport.ts';

/** Sweeps by authorizations: their use on the chain decides, whoever handed them in. */
const SWEPT = 40n;
let scene: Scene;
let owner: Owner;
let pay: Awaited<ReturnType<Scene['payer']>>;

beforeAll(async () => {
  scene = await startScene();
  pay = await scene.payer();
  scene.follow();
});

beforeEach(async () => {
  owner = await Owner.add(scene);
});

afterAll(async () => {
  await scene.end();
});

/** A deposit address with money, and its signature that it may go to custody. */
async function authorize(validBefore?: bigint): Promise<Authorization> {
  const holder = await owner.addDepositAddress('USDC');
  await pay(holder.address, SWEPT);
  return await owner.authorize(holder, SWEPT, validBefore);
}

/** Broadcast as ours; the bytes are handed in by whoever calls. */
async function carry(authorizations: readonly Authorization[]) {
  return await owner.sign(await owner.plan('SWEEP', [], authorizations), sweepCall(authorizations));
}

async function usesOf({ sendId }: Authorization) {
  const [use] = await scene.rows<{ state: string; is_used: boolean }>(
    'select state, used_hash is not null and used_block_number is not null as is_used from chain.authorization where send_id = $1',
    [sendId],
  );
  return use;
}

async function untilFinal(): Promise<void> {
  await scene.chain.node.mine({ blocks: 3 });
  await scene.until('it is final', async () =>
    (await owner.sends()).every(({ state, carrier }) => carrier === 'FINAL' && /^F/.test(state)),
  );
}

test('a sweep of ours is FINAL when the use of its authorization is', async () => {
  const authorization = await authorize();
  await owner.handIn(await carry([authorization]));
  await scene.untilFollowed();
  expect(await owner.sends()).toMatchObject([{ state: 'INCLUDED', carrier: 'INCLUDED' }]);
  expect(await usesOf(authorization)).toEqual({ state: 'SIGNED', is_used: true });
  await untilFinal();
  expect(await owner.sends()).toMatchObject([{ state: 'FINAL', carrier: 'FINAL', outcome: 'SUCCEEDED' }]);
  expect(await usesOf(authorization)).toEqual({ state: 'USED', is_used: true });
  // What a deposit address hands over is no deposit of custody's.
  expect((await scene.deposits()).filter(({ amount }) => amount === SWEPT)).toHaveLength(1);
});

test('a sweep that somebody else hands in first is done, though our own transaction reverts', async () => {
  const authorization = await authorize();
  const raw = await carry([authorization]);
  await relay(scene, authorization);
  await scene.untilFollowed();
  expect(await owner.sends()).toMatchObject([{ state: 'INCLUDED', carrier: 'BROADCAST' }]);
  await owner.handIn(raw);
  await untilFinal();
  expect(await owner.sends()).toEqual([
    { state: 'FINAL', failure_code: null, carrier: 'FINAL', outcome: 'REVERTED' },
  ]);
  expect(await usesOf(authorization)).toEqual({ state: 'USED', is_used: true });
});

test('a sweep whose authorization expired before it was used FAILS with its transaction', async () => {
  const [expired, fine] = [await authorize(1n), await authorize()];
  await owner.handIn(await carry([expired, fine]));
  await scene.untilFollowed();
  expect((await owner.sends()).map(({ state }) => state)).toEqual(['BROADCAST', 'BROADCAST']);
  await untilFinal();
  const failed = { state: 'FAILED', failure_code: 'REVERTED', carrier: 'FINAL', outcome: 'REVERTED' };
  expect(await owner.sends()).toEqual([failed, failed]);
  expect(await usesOf(expired)).toEqual({ state: 'SIGNED', is_used: false });
});

test('a use that a re-org takes away is waited for again, and may come by another hand', async () => {
  const authorization = await authorize();
  const raw = await carry([authorization]);
  await relay(scene, authorization);
  await scene.untilFollowed();
  expect(await owner.sends()).toMatchObject([{ state: 'INCLUDED' }]);
  await scene.chain.node.request({ method: 'anvil_reorg' as never, params: [1, []] as never });
  await scene.untilFollowed();
  expect(await owner.sends()).toMatchObject([{ state: 'BROADCAST', carrier: 'BROADCAST' }]);
  expect(await usesOf(authorization)).toEqual({ state: 'SIGNED', is_used: false });
  await owner.handIn(raw);
  await untilFinal();
  expect(await owner.sends()).toMatchObject([{ state: 'FINAL', carrier: 'FINAL', outcome: 'SUCCEEDED' }]);
  expect(await usesOf(authorization)).toEqual({ state: 'USED', is_used: true });
});
