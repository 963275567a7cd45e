import { CREATE_TRANSACTION } from '../crash/api.ts';
import { balanceOf, newKey } from './business.ts';
import type { Omsx } from './omsx.ts';
import { makeWorld } from './world.ts';

const AT_ONCE = 20;

/** Idempotency keys, and refusals. */
export function describeKeys(omsx: () => Omsx): void {
  const world = makeWorld(omsx, '50.00');
  const balance = (): Promise<string> => balanceOf(omsx().api, world.payer().accountId);

  test('the same key answers the same and says so; with other input it is refused', async () => {
    const { api } = omsx();
    const input = { idempotencyKey: newKey(), ...world.pay('1.00') };
    const first = await api.mutate(CREATE_TRANSACTION, input);
    const second = await api.mutate(CREATE_TRANSACTION, input);
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.data).toEqual(first.data);
    const other = await api.mutate(CREATE_TRANSACTION, { ...input, amount: '2.00' });
    expect(other.data.__typename).toBe('IdempotencyKeyReused');
    expect(await balance()).toBe('49.00/49.00');
  });

  test('one key sent many times at once pays once and gets one answer', async () => {
    const { api } = omsx();
    const input = { idempotencyKey: newKey(), ...world.pay('9.00') };
    const tries = Array.from({ length: AT_ONCE }, () => api.mutate(CREATE_TRANSACTION, input));
    const replies = await Promise.all(tries);
    expect(new Set(replies.map((reply) => reply.data.id)).size).toBe(1);
    expect(replies.filter((reply) => !reply.replayed).length).toBe(1);
    expect(await balance()).toBe('40.00/40.00');
  });

  test('more than there is cannot be spent, also not by many at once', async () => {
    const { api } = omsx();
    const tries = Array.from({ length: AT_ONCE }, () =>
      api.mutate(CREATE_TRANSACTION, { idempotencyKey: newKey(), ...world.pay('30.00') }),
    );
    const names = (await Promise.all(tries)).map((reply) => reply.data.__typename);
    expect(names.filter((name) => name === 'Transaction').length).toBe(1);
    expect(names.filter((name) => name === 'InsufficientFunds').length).toBe(AT_ONCE - 1);
    expect(await balance()).toBe('10.00/10.00');
  });
}
