import { CREATE_TRANSACTION } from '../crash/api.ts';
import { checkDeliveries, type Delivery } from '../crash/checkDeliveries.ts';
import { waitFor } from '../crash/child.ts';
import { readStep, type Subscriber, startSubscriber, WATCH_FULLY } from '../crash/subscribers.ts';
import { fund, make, onboard, type Party } from './business.ts';
import type { Omsx } from './omsx.ts';

const DELIVERY_MAX_MS = 10_000;

/** Watching payments live and coming back, the same with Redis and without. */
export function describeWatching(running: () => Omsx): void {
  let payer: Party;
  let payee: Party;
  let subscriber: Subscriber | undefined;

  beforeAll(async () => {
    const { api } = running();
    payer = await onboard(api, 'Watched Payer Ltd');
    payee = await onboard(api, 'Watched Payee Ltd');
    await fund(api, payer.accountId, '500.00');
  });

  afterEach(async () => {
    await subscriber?.close();
    subscriber = undefined;
  });

  /** Watches the payer's account and resolves once the stream is open. */
  async function watch(): Promise<Subscriber> {
    const { ws, apiKey } = running().credentials;
    subscriber = startSubscriber({
      name: 'payer',
      url: ws,
      apiKey,
      document: WATCH_FULLY,
      variables: { filter: { accountId: payer.accountId } },
      read: readStep,
    });
    await subscriber.opened;
    return subscriber;
  }

  /** Pays so many times and gives the steps that each payment takes. */
  async function pay(times: number): Promise<readonly Delivery[]> {
    const steps: Delivery[] = [];
    for (let count = 0; count < times; count++) {
      const sides = { sourceId: payer.accountId, destinationId: payee.walletId };
      const id = await make(running().api, CREATE_TRANSACTION, { ...sides, amount: '1.00', asset: 'USD' });
      steps.push({ id, version: 1 }, { id, version: 2 });
    }
    return steps;
  }

  async function expectExactly(watching: Subscriber, steps: readonly Delivery[]): Promise<void> {
    const hasAll = async (): Promise<boolean> => watching.received.length >= steps.length;
    await waitFor(`${steps.length} updates`, DELIVERY_MAX_MS, hasAll).catch(() => undefined);
    expect(checkDeliveries(steps, watching.received)).toEqual([]);
    expect(watching.refusals).toEqual([]);
  }

  test('each step of a payment is seen live, in order, with the joined transaction', async () => {
    const watching = await watch();
    await expectExactly(watching, await pay(5));
    expect(watching.resumes()).toBe(0);
  });

  test('who loses the connection comes back to exactly what was missed, and then to what happens', async () => {
    const watching = await watch();
    const steps = [...(await pay(3))];
    await expectExactly(watching, steps);
    watching.cut();
    steps.push(...(await pay(10)));
    await expectExactly(watching, steps);
    steps.push(...(await pay(3)));
    await expectExactly(watching, steps);
    expect(watching.resumes()).toBeGreaterThan(0);
  });

  test('other accounts are not told of', async () => {
    const { api } = running();
    const watching = await watch();
    const stranger = await onboard(api, 'Stranger Ltd');
    await fund(api, stranger.accountId, '10.00');
    const sides = { sourceId: stranger.accountId, destinationId: payee.walletId };
    await make(api, CREATE_TRANSACTION, { ...sides, amount: '1.00', asset: 'USD' });
    await expectExactly(watching, await pay(1));
  });
}
