import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '../crash/random.ts';
import { listOpen } from './chaos/api.ts';
import { describePool } from './chaos/describePool.ts';
import { dropOne, findChildRole, killSigner, spike } from './chaos/faults.ts';
import { collectSecrets, findLeaks, saveRedis } from './chaos/keyMaterial.ts';
import { proveChain, proveLedger, proveSends, proveWallets } from './chaos/proofs.ts';
import { startTraffic } from './chaos/traffic.ts';
import { type ChaosWorld, startChaosWorld } from './chaos/world.ts';

/**
 * The whole platform on the local chain while everything goes wrong: re-orgs, forgetful pools, dear gas, endpoints that
 * lie, and processes that are killed. Afterwards every coin is where it should be, once.
 */
const SEED = Number.parseInt(process.env.OMSX_TEST_CHAOS_SEED ?? '', 10) || (Date.now() % 1_000_000) + 1;
const REORGS = Number.parseInt(process.env.OMSX_TEST_CHAOS_REORGS ?? '', 10) || 16;
const REORG_DEPTH_MAX = 8;
const RESTARTS = 2;
const PAUSE_MS_MIN = 300;
const PAUSE_MS_MAX = 2_500;
/** After the faults end nothing may be under way for longer. */
const QUIET_MS_MAX = 30_000;
const POLL_MS = 250;

let world: ChaosWorld;

beforeAll(async () => {
  world = await startChaosWorld(createRandom(SEED));
}, 180_000);

afterAll(async () => {
  await world?.stop();
}, 60_000);

test(
  `${REORGS} re-orgs amid other faults lose and double nothing (OMSX_TEST_CHAOS_SEED=${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const { chain, outsider, wallets, payments, sent } = world;
    const traffic = startTraffic({
      api: world.api(),
      chain,
      outsider,
      wallets,
      payments,
      sent,
      random: random.fork(),
    });
    await raiseChaos(random);
    await traffic.stop();
    world.heal();
    await untilQuiet(traffic.handInMissing);

    const { completed, kinds, faults } = await proveSends(world.api(), chain, traffic.sent);
    expect(faults).toEqual([]);
    const came = await chain.carriedOut(traffic.payments);
    expect(await proveWallets(world.api(), wallets, came, completed)).toEqual([]);
    expect(await proveChain(world)).toEqual([]);
    expect(await proveLedger(world.databaseUrl)).toBe('');
    process.stdout.write(`${traffic.payments.length} payments, sends: ${JSON.stringify([...kinds])}\n`);
    // A run in which nothing went through would prove nothing.
    expect(completed.length).toBeGreaterThan(REORGS / 4);
    expect(came.length).toBeLessThan(traffic.payments.length);
  },
  60_000 + REORGS * 4_000,
);

test('no key is anywhere but in the key file', async () => {
  const { databaseUrl, folder } = world;
  const secrets = await collectSecrets(databaseUrl, folder);
  const signer = await findChildRole(world.pid(), 'signer');
  if (signer === null) throw new Error('the signer does not run');
  // The search itself finds what is there.
  await writeFile(join(folder, 'planted'), [...secrets.values()].at(-1) as Buffer);
  await saveRedis(folder);
  const leaks = await findLeaks(secrets, folder, [process.pid, world.pid(), signer]);
  expect([...new Set(leaks.map((leak) => leak.replace(/^.* in /, '')))]).toEqual(['planted']);
}, 120_000);

async function raiseChaos(random: Random): Promise<void> {
  const restartEvery = Math.ceil(REORGS / (RESTARTS + 1));
  for (let number = 1; number <= REORGS; number++) {
    await world.reorg(random.integer(1, REORG_DEPTH_MAX));
    await world.lie(random);
    if (random.fraction() < 0.4) await dropOne(world.chain, random);
    if (random.fraction() < 0.3) await spike(world.chain, random);
    if (random.fraction() < 0.15) await killSigner(world.pid());
    if (number % restartEvery === 0) await world.kill9();
    await sleep(random.integer(PAUSE_MS_MIN, PAUSE_MS_MAX));
  }
}

/** Until no payment is missing from the chain and no Transaction is under way. @throws with those that are */
async function untilQuiet(handInMissing: () => Promise<number>): Promise<void> {
  const deadline = Date.now() + QUIET_MS_MAX;
  for (;;) {
    const missing = await handInMissing();
    const open = await listOpen(world.api());
    if (missing === 0 && open.length === 0 && (await world.isFollowed())) return;
    if (Date.now() > deadline) {
      const pool = await describePool(world.chain);
      throw new Error(`${missing} missing, under way still: ${open.join('; ')}\n${pool}`);
    }
    await sleep(POLL_MS);
  }
}
