import type { Delivery } from '../crash/checkDeliveries.ts';
import { describeHolds } from './holds.ts';
import { describeJoins } from './joins.ts';
import { describeKeys } from './keys.ts';
import { describeLists } from './lists.ts';
import { flushRedisOf, type Omsx, removeOmsx, startOmsx } from './omsx.ts';
import { describeWatching, expectExactly, payTimes, watchAccount } from './watching.ts';
import { makeWorld } from './world.ts';

/** Everything in one process, as `omsx up` starts it, with the embedded Postgres and Redis. */
const FLUSHES = 4;
const PAYMENTS_BETWEEN = 10;
let omsx: Omsx;

beforeAll(async () => {
  omsx = await startOmsx();
}, 120_000);

afterAll(async () => {
  await removeOmsx(omsx);
}, 60_000);

test('Redis runs', async () => {
  expect(await omsx.output()).toMatch(/Redis started on 127\.0\.0\.1:\d+/);
});

describe('joins', () => describeJoins(() => omsx));
describe('holds', () => describeHolds(() => omsx));
describe('keys', () => describeKeys(() => omsx));
describe('lists', () => describeLists(() => omsx));
describe('watching', () => describeWatching(() => omsx));

describe('Redis loses everything', () => {
  const world = makeWorld(() => omsx, '100.00');

  test('in the middle of a stream, and nothing is lost or doubled', async () => {
    const subscriber = await watchAccount(omsx, world.payer().accountId);
    try {
      const steps: Delivery[] = [];
      for (let flushes = 0; flushes < FLUSHES; flushes++) {
        steps.push(...(await payTimes(world, PAYMENTS_BETWEEN)));
        await flushRedisOf(omsx.folder);
        steps.push(...(await payTimes(world, 1)));
      }
      await expectExactly(subscriber, steps);
      expect(subscriber.resumes()).toBe(0);
    } finally {
      await subscriber.close();
    }
  });
});
