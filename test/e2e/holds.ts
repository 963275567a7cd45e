import {
  CANCEL_TRANSACTION,
  CAPTURE_TRANSACTION,
  CREATE_TRANSACTION,
  REFUND_TRANSACTION,
} from '../crash/api.ts';
import { waitFor } from '../crash/child.ts';
import { balanceOf, make, newKey, timelineOf } from './business.ts';
import type { Omsx } from './omsx.ts';
import { makeWorld } from './world.ts';

const EXPIRY_MAX_MS = 10_000;

/** Holding, capturing, giving back. */
export function describeHolds(omsx: () => Omsx): void {
  const world = makeWorld(omsx, '70.00');
  const balance = (): Promise<string> => balanceOf(omsx().api, world.payer().accountId);
  const hold = (amount: string, more: object = {}): Promise<string> =>
    make(omsx().api, CREATE_TRANSACTION, { ...world.pay(amount), captureMethod: 'MANUAL', ...more });
  const kindsOf = async (id: string): Promise<readonly string[]> =>
    (await timelineOf(omsx().api, id)).events.map(({ version, kind }) => `${version} ${kind}`);

  test('held money can be captured in part, and what was captured can be refunded but no more', async () => {
    const { api } = omsx();
    const id = await hold('20.00');
    expect(await balance()).toBe('70.00/50.00');
    await make(api, CAPTURE_TRANSACTION, { id, amount: '15.00' });
    expect(await balance()).toBe('55.00/55.00');
    await make(api, REFUND_TRANSACTION, { id, amount: '5.00' });
    const { data } = await api.mutate(REFUND_TRANSACTION, { idempotencyKey: newKey(), id, amount: '10.01' });
    expect(data.__typename).toBe('RefundExceedsCaptured');
    await make(api, REFUND_TRANSACTION, { id });
    expect(await balance()).toBe('70.00/70.00');
    const steps = ['1 CREATED', '2 FUNDS_HELD', '3 CAPTURED', '4 COMPLETED', '5 REFUNDED', '6 REFUNDED'];
    expect(await kindsOf(id)).toEqual(steps);
    expect(await timelineOf(api, id)).toMatchObject({
      capturedAmount: { amount: '15.00' },
      refundedAmount: { amount: '15.00' },
    });
  });

  test('held money can be given back, and then no longer be captured', async () => {
    const { api } = omsx();
    const id = await hold('20.00');
    await make(api, CANCEL_TRANSACTION, { id, reason: 'changed our mind' });
    expect(await balance()).toBe('70.00/70.00');
    const { data } = await api.mutate(CAPTURE_TRANSACTION, { idempotencyKey: newKey(), id });
    expect(data.__typename).toBe('InvalidState');
    expect((await timelineOf(api, id)).status).toBe('CANCELED');
  });

  test('held money comes back by itself when its time is over', async () => {
    const id = await hold('20.00', { holdSeconds: 1 });
    const isOver = async (): Promise<boolean> => (await timelineOf(omsx().api, id)).status === 'CANCELED';
    await waitFor('expired hold', EXPIRY_MAX_MS, isOver);
    expect(await kindsOf(id)).toEqual(['1 CREATED', '2 FUNDS_HELD', '3 HOLD_EXPIRED']);
    expect(await balance()).toBe('70.00/70.00');
  });
}
