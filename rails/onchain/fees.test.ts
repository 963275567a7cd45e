import fc from 'fast-check';
import { suggestFees } from './fees.ts';
import { gasLimitOf } from './usualGas.ts';

const policy = { priorityFeePerGasWeiMin: 30n, maxFeePerGasWeiMax: 1_000n };

test('a transaction offers twice the base fee and a tip, at least the least', () => {
  expect(suggestFees(100n, 50n, policy)).toEqual({
    maxFeePerGasWei: 250n,
    maxPriorityFeePerGasWei: 50n,
    expectedPerGasWei: 150n,
    isEnough: true,
  });
  expect(suggestFees(100n, 1n, policy)).toMatchObject({
    maxFeePerGasWei: 230n,
    maxPriorityFeePerGasWei: 30n,
  });
});

test('no fee is above the cap, and blocks that ask for more are said not to be paid', () => {
  expect(suggestFees(970n, 30n, policy)).toMatchObject({ maxFeePerGasWei: 1_000n, isEnough: true });
  expect(suggestFees(971n, 30n, policy)).toMatchObject({ maxFeePerGasWei: 1_000n, isEnough: false });
  const wei = fc.bigInt({ min: 0n, max: 10_000n });
  fc.assert(
    fc.property(wei, wei, (base, tip) => {
      const fees = suggestFees(base, tip, policy);
      expect(fees.maxFeePerGasWei).toBeLessThanOrEqual(1_000n);
      expect(fees.maxPriorityFeePerGasWei).toBeLessThanOrEqual(fees.maxFeePerGasWei);
      expect(fees.expectedPerGasWei).toBeLessThanOrEqual(fees.maxFeePerGasWei);
    }),
  );
});

test('an estimate gets a margin, and the exact gas of a coin transfer none', () => {
  expect(gasLimitOf(100_000n)).toBe(120_000n);
  expect(gasLimitOf(21_000n)).toBe(21_000n);
});
