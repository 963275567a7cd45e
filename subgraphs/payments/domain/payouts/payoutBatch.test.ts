import fc from 'fast-check';
import { batchStatusOf, hasEnded, moveTally, pendingTallies, sumOf, type Tallies } from './payoutBatch.ts';
import { PAYOUT_ITEM_STATUSES, type PayoutItemStatus } from './payoutItem.ts';

/** Tallies of items that went straight from PENDING to these statuses. */
function talliesOf(counts: Partial<Record<PayoutItemStatus, number>>): Tallies {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  let tallies = pendingTallies(total, BigInt(total));
  for (const status of PAYOUT_ITEM_STATUSES) {
    const count = counts[status] ?? 0;
    tallies = moveTally(tallies, 'PENDING', status, { count, amountMinor: BigInt(count) });
  }
  return tallies;
}

test.each([
  [{ PENDING: 3 }, 'VALIDATED'],
  [{ PENDING: 1, COMPLETED: 2 }, 'PROCESSING'],
  [{ PROCESSING: 1, CANCELED: 2 }, 'PROCESSING'],
  [{ COMPLETED: 3 }, 'COMPLETED'],
  [{ COMPLETED: 1, FAILED: 2 }, 'PARTIALLY_COMPLETED'],
  [{ COMPLETED: 1, CANCELED: 2 }, 'PARTIALLY_COMPLETED'],
  [{ FAILED: 3 }, 'FAILED'],
  [{ FAILED: 1, CANCELED: 2 }, 'CANCELED'],
  [{ CANCELED: 3 }, 'CANCELED'],
] as const)('a batch with items %j is %s', (counts, status) => {
  expect(batchStatusOf(talliesOf(counts))).toBe(status);
});

test('whatever moves, the sum of all tallies stays, and a batch has ended exactly when nothing of it can move', () => {
  const amounts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 30n }), { minLength: 1, maxLength: 30 });
  const endings = fc.array(fc.constantFrom('PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(amounts, endings, (items, statuses) => {
      const all = items.reduce((sum, amount) => sum + amount, 0n);
      let tallies = pendingTallies(items.length, all);
      for (const [index, amountMinor] of items.entries()) {
        const status = statuses[index];
        if (status) tallies = moveTally(tallies, 'PENDING', status, { count: 1, amountMinor });
        expect(sumOf(Object.values(tallies))).toEqual({ count: items.length, amountMinor: all });
      }
      const open = items.filter((_, index) => (statuses[index] ?? 'PROCESSING') === 'PROCESSING');
      expect(hasEnded(tallies)).toBe(open.length === 0);
    }),
  );
});

test('what is not there cannot move', () => {
  const tallies = pendingTallies(1, 5n);
  expect(() => moveTally(tallies, 'FAILED', 'COMPLETED', { count: 1, amountMinor: 5n })).toThrow('FAILED');
  expect(() => moveTally(tallies, 'PENDING', 'COMPLETED', { count: 1, amountMinor: 6n })).toThrow('PENDING');
});
