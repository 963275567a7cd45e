import { type Address, encodeFunctionData, toHex } from 'viem';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { type Call, Owner } from './followOwners.ts';
import { type Scene, startScene } from './followSupport.ts';

/** What becomes of our own transactions when they end in other ways than one transfer. */
const PAYEES: readonly Address[] = [
  toHex(0xf1, { size: 20 }),
  toHex(0xf2, { size: 20 }),
  toHex(0xf3, { size: 20 }),
];
let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  scene.follow();
  await scene.untilFollowed();
});

afterAll(async () => {
  await scene.end();
});

async function untilFinal(owner: Owner): Promise<void> {
  await scene.chain.node.mine({ blocks: 3 });
  await scene.until('it is final', async () =>
    (await owner.sends()).every(({ carrier }) => carrier === 'FINAL'),
  );
}

test('a send is CANCELED once the cancellation of its transaction is final, and not before', async () => {
  const owner = await Owner.add(scene);
  const planned = await owner.plan('TRANSFER', [{ to: PAYEES[0] as Address, amount: 5n }]);
  await owner.sign(planned, { to: PAYEES[0] as Address, value: 5n });
  await owner.handIn(await owner.sign(planned, { to: owner.from }, 'CANCEL'));
  await scene.untilFollowed();
  expect(await owner.sends()).toEqual([
    { state: 'INCLUDED', failure_code: null, carrier: 'INCLUDED', outcome: 'CANCELED' },
  ]);
  await untilFinal(owner);
  expect(await owner.sends()).toEqual([
    { state: 'CANCELED', failure_code: null, carrier: 'FINAL', outcome: 'CANCELED' },
  ]);
});

/** @param valueWei of the whole call; the contract takes only the exact sum */
function payAll(valueWei: bigint): Call {
  const data = encodeFunctionData({
    abi: multisendAbi,
    functionName: 'sendNative',
    args: [PAYEES.map((to, index) => ({ to, value: BigInt(index + 1) }))],
  });
  return { to: localContracts.multisend, value: valueWei, data };
}

test.each([
  [6n, { state: 'FINAL', failure_code: null, outcome: 'SUCCEEDED' }],
  [7n, { state: 'FAILED', failure_code: 'REVERTED', outcome: 'REVERTED' }],
] as const)('all sends of one transaction that brings %p wei end with it', async (valueWei, end) => {
  const owner = await Owner.add(scene);
  const wanted = PAYEES.map((to, index) => ({ to, amount: BigInt(index + 1) }));
  const planned = await owner.plan('MULTISEND', wanted);
  await owner.handIn(await owner.sign(planned, payAll(valueWei)));
  await scene.untilFollowed();
  const included = { state: 'INCLUDED', failure_code: null, carrier: 'INCLUDED', outcome: end.outcome };
  expect(await owner.sends()).toEqual(PAYEES.map(() => included));
  await untilFinal(owner);
  expect(await owner.sends()).toEqual(PAYEES.map(() => ({ ...end, carrier: 'FINAL' })));
});
