import { sleep } from '../../platform/clock.ts';
import { Bell } from '../../platform/feed/bell.ts';
import { isHeldBy, type Lease } from '../../platform/lease.ts';
import { type LeasedLoop, startLeasedLoop } from '../../platform/leasedLoop.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

/** Work that one process at a time does. */
const NAME = 'test.work';
const LIFETIME_MS = 300;
const WAIT_MS = 10_000;
const STEAL = statement('test.steal', `update platform.lease set holder = 'thief', epoch = epoch + 1`);

const logger = createLogger({ level: 'silent', name: 'test' });
let clone: TestDatabase;
let database: Database;
const loops: LeasedLoop[] = [];

beforeEach(async () => {
  clone = await createTestDatabase();
  database = await openDatabase({ url: clone.url, role: 'omsx_chain', poolMax: 4 });
});

afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()));
  await database.close();
  await clone.drop();
});

function start(
  holder: string,
  work: (lease: Lease, signal: AbortSignal, bell: Bell) => Promise<void>,
): LeasedLoop {
  const bell = new Bell();
  const loop = startLeasedLoop({
    database,
    logger,
    name: NAME,
    holder,
    lifetimeMs: LIFETIME_MS,
    bell,
    work: (lease, signal) => work(lease, signal, bell),
  });
  loops.push(loop);
  return loop;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!holds() && performance.now() < deadline) await sleep(10);
  expect(holds()).toBe(true);
}

test('one of two works, longer than the lease lives, and the other takes over when it stops', async () => {
  const held: string[] = [];
  const work = async (lease: Lease, signal: AbortSignal, bell: Bell): Promise<void> => {
    held.push(lease.holder);
    await sleep(4 * LIFETIME_MS, signal);
    expect(await database.write((tx) => isHeldBy(tx, lease))).toBe(true);
    while (!signal.aborted) await bell.wait(WAIT_MS);
  };
  const first = start('first', work);
  await until(() => held.length === 1);
  start('second', work);
  await sleep(3 * LIFETIME_MS);
  expect(held).toEqual(['first']);
  await first.stop();
  await until(() => held.length === 2);
  expect(held).toEqual(['first', 'second']);
});

test('who has lost the lease is told so while it waits', async () => {
  let isTold = false;
  let isWorking = false;
  start('first', async (_, signal, bell) => {
    isWorking = true;
    while (!signal.aborted) await bell.wait(WAIT_MS);
    isTold = true;
  });
  await until(() => isWorking);
  await database.write((tx) => tx.rows(STEAL));
  await until(() => isTold);
});

test('work that failed begins again under a lease of its own', async () => {
  const epochs: bigint[] = [];
  start('first', async ({ epoch }) => {
    epochs.push(epoch);
    throw new Error('planted');
  });
  await until(() => epochs.length >= 2);
  expect(epochs[1]).toBeGreaterThan(epochs[0] ?? 0n);
});
