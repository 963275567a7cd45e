import { CREATE_TRANSACTION } from '../crash/api.ts';
import { checkDeliveries, type Delivery } from '../crash/checkDeliveries.ts';
import { waitFor } from '../crash/child.ts';
import { readStep, startSubscriber, WATCH_LIGHTLY } from '../crash/subscribers.ts';
import { fund, make, onboard } from './business.ts';
import { describeMoney } from './mainJob.ts';
import { flushRedisOf, type Omsx, removeOmsx, startOmsx } from './omsx.ts';
import { describeWatching } from './watching.ts';

/** Everything in one process, as `omsx up` starts it, with the embedded Postgres and Redis. */
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

describe('money', () => describeMoney(() => omsx));

describe('watching', () => describeWatching(() => omsx));

test('emptying Redis in the middle of a stream loses and doubles nothing', async () => {
  const { api, credentials } = omsx;
  const payer = await onboard(api, 'Flushed Payer Ltd');
  const payee = await onboard(api, 'Flushed Payee Ltd');
  await fund(api, payer.accountId, '100.00');
  const subscriber = startSubscriber({
    name: 'flushed',
    url: credentials.ws,
    apiKey: credentials.apiKey,
    document: WATCH_LIGHTLY,
    variables: { filter: { accountId: payer.accountId } },
    read: readStep,
  });
  try {
    await subscriber.opened;
    const steps: Delivery[] = [];
    const input = { sourceId: payer.accountId, destinationId: payee.accountId, amount: '1.00', asset: 'USD' };
    for (let count = 0; count < 40; count++) {
      if (count % 10 === 5) await flushRedisOf(omsx.folder);
      const id = await make(api, CREATE_TRANSACTION, input);
      steps.push({ id, version: 1 }, { id, version: 2 });
    }
    const hasAll = async (): Promise<boolean> => subscriber.received.length >= steps.length;
    await waitFor('all updates', 10_000, hasAll).catch(() => undefined);
    expect(checkDeliveries(steps, subscriber.received)).toEqual([]);
    expect(subscriber.resumes()).toBe(0);
  } finally {
    await subscriber.close();
  }
});
