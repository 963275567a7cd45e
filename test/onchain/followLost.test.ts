import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Address } from 'viem';
import { projectRoot } from '../../platform/paths.ts';
import { Owner } from './followOwners.ts';
import { type Scene, startScene } from './followSupport.ts';

/** A chain that takes back what it had called final, and the operator's way out. */
const DEPTH = 7;
let scene: Scene;
let wallet: Address;
let pay: Awaited<ReturnType<Scene['payer']>>;

beforeAll(async () => {
  scene = await startScene();
  const owner = await Owner.add(scene);
  wallet = (await owner.addDepositAddress('USDC')).address;
  pay = await scene.payer();
  scene.follow();
  await scene.untilFollowed();
});

afterAll(async () => {
  await scene.end();
});

async function statusOf() {
  const [row] = await scene.rows<{ status: string }>('select status from chain.network');
  return row?.status;
}

async function states() {
  const rows = (await scene.deposits()).filter(({ credits }) => credits === 'WALLET');
  return rows.map(({ amount, state, version }) => [amount, state, version]);
}

async function chainRestart(...args: readonly string[]) {
  const script = ['--import', 'tsx', join(projectRoot, 'scripts', 'chainRestart.ts'), ...args];
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: scene.testDatabase.url,
    RPC_URL_LOCAL: scene.chain.url,
  };
  const ended = await promisify(execFile)(process.execPath, script, { cwd: projectRoot, env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: 'code' in ended ? ended.code : 0, text: ended.stdout + ended.stderr };
}

test('a re-org below what was final stops everything until an operator restarts it from the last common block', async () => {
  await pay(wallet, 11n);
  await scene.chain.node.mine({ blocks: 4 });
  await scene.until('it is final', async () => (await states()).some(([, state]) => state === 'FINAL'));
  const common = (await scene.head()) - BigInt(DEPTH - 2);
  await pay(wallet, 12n);
  await pay(wallet, 13n);
  await scene.untilFollowed();
  const before = [
    [11n, 'FINAL', 2],
    [12n, 'SEEN', 1],
    [13n, 'SEEN', 1],
  ];
  expect(await states()).toEqual(before);
  expect(await chainRestart('LOCAL', '--yes')).toMatchObject({
    code: 1,
    text: expect.stringContaining('only a LOST Network'),
  });
  await scene.chain.node.request({ method: 'anvil_reorg' as never, params: [DEPTH, []] as never });
  await scene.until('it is lost', async () => (await statusOf()) === 'LOST');
  await pay(wallet, 14n);
  await scene.chain.node.mine({ blocks: 3 });
  expect(await states()).toEqual(before);

  const asked = await chainRestart('LOCAL');
  expect(asked).toMatchObject({ code: 0, text: expect.stringContaining(`both have is ${common}.`) });
  expect(asked.text).toContain('2 deposits and 0 transactions that are not final are taken back');
  expect(asked.text).toContain('1 deposits and 0 transactions that are final stay');
  expect(asked.text).toContain('Nothing was done. Add --yes');
  expect(await statusOf()).toBe('LOST');
  expect(await chainRestart('LOCAL', '--at', String(common + 1n), '--yes')).toMatchObject({
    code: 1,
    text: expect.stringContaining('would be missed'),
  });
  expect(await states()).toEqual(before);

  expect(await chainRestart('LOCAL', '--yes')).toMatchObject({
    code: 0,
    text: expect.stringContaining(`followed again from block ${common}`),
  });
  await scene.untilFollowed();
  await scene.until('it is well', async () => (await statusOf()) === 'HEALTHY');
  await scene.until('what came since is final', async () => (await states()).length === 4);
  await scene.until('it is final', async () => (await states())[3]?.[1] === 'FINAL');
  expect(await states()).toEqual([
    [11n, 'FINAL', 2],
    [12n, 'ORPHANED', 2],
    [13n, 'ORPHANED', 2],
    [14n, 'FINAL', 2],
  ]);
});

test.each([
  [['LOCAL', '--at', 'here'], 'Usage:'],
  [['POLYGON', '--yes'], 'POLYGON is not configured'],
])('restarting with %p is refused', async (args, text) => {
  expect(await chainRestart(...args)).toMatchObject({ code: 1, text: expect.stringContaining(text) });
});
