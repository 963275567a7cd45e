import { CREATE_TRANSACTION } from '../crash/api.ts';
import { checkDeliveries, type Delivery } from '../crash/checkDeliveries.ts';
import { waitFor } from '../crash/child.ts';
import { readStep, type Subscriber, startSubscriber, WATCH_FULLY } from '../crash/subscribers.ts';
import { fund, make, onboard } from './business.ts';
import type { Omsx } from './omsx.ts';
import { makeWorld, type World } from './world.ts';

const DELIVERY_MAX_MS = 10_000;

/** Watching payments live and coming back. */
export function describeWatching(omsx: () => Omsx): void {
  const world = makeWorld(omsx, '500.00');
  let subscriber: Subscriber | undefined;
  const watch = async (): Promise<Subscriber> => {
    subscriber = await watchAccount(omsx(), world.payer().accountId);
    return subscriber;
  };

  afterEach(async () => {
    await subscriber?.close();
    subscriber = undefined;
  });

  test('each step of a payment is seen live, in order, with the joined transaction', async () => {
    const watching = await watch();
    await expectExactly(watching, await payTimes(world, 5));
    expect(watching.resumes()).toBe(0);
  });

  test('who loses the connection comes back to exactly what was missed, and then to what happens', async () => {
    const watching = await watch();
    const steps = [...(await payTimes(world, 3))];
    await expectExactly(watching, steps);
    watching.cut();
    steps.push(...(await payTimes(world, 10)));
    await expectExactly(watching, steps);
    steps.push(...(await payTimes(world, 3)));
    await expectExactly(watching, steps);
    expect(watching.resumes()).toBeGreaterThan(0);
  });

  test('other accounts are not told of', async () => {
    const { api } = omsx();
    const watching = await watch();
    const stranger = await onboard(api, 'Stranger Ltd');
    await fund(api, stranger.accountId, '10.00');
    await make(api, CREATE_TRANSACTION, { ...world.pay('1.00'), sourceId: stranger.accountId });
    await expectExactly(watching, await payTimes(world, 1));
  });
}

/** Watches an account and resolves once the stream is open. */
export async function watchAccount(omsx: Omsx, accountId: string): Promise<Subscriber> {
  const subscriber = startSubscriber({
    name: accountId,
    url: omsx.credentials.ws,
    apiKey: omsx.credentials.apiKey,
    document: WATCH_FULLY,
    variables: { filter: { accountId } },
    read: readStep,
  });
  const isOpen = async (): Promise<boolean> => subscriber.lastCursor() !== '';
  try {
    await waitFor('opened subscription', DELIVERY_MAX_MS, isOpen);
  } catch (error) {
    await subscriber.close();
    throw new Error(`${String(error)}: ${subscriber.refusals.join('; ')}`, { cause: error });
  }
  return subscriber;
}

/** Pays so many times and gives the steps that the payments take. */
export async function payTimes(world: World, times: number): Promise<readonly Delivery[]> {
  const steps: Delivery[] = [];
  for (let count = 0; count < times; count++) {
    const id = await make(world.omsx().api, CREATE_TRANSACTION, world.pay('1.00'));
    steps.push({ id, version: 1 }, { id, version: 2 });
  }
  return steps;
}

/** The subscriber gets these steps, each once and in order, and no others. */
export async function expectExactly(subscriber: Subscriber, steps: readonly Delivery[]): Promise<void> {
  const hasAll = async (): Promise<boolean> => subscriber.received.length >= steps.length;
  await waitFor(`${steps.length} updates`, DELIVERY_MAX_MS, hasAll).catch(() => undefined);
  expect(checkDeliveries(steps, subscriber.received)).toEqual([]);
  expect(subscriber.refusals).toEqual([]);
}
