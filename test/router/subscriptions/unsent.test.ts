import { STREAM_LIMITS } from '../../../router/subscriptions/limits.ts';
import { Unsent } from '../../../router/subscriptions/unsent.ts';

test('each connection has a large buffer until all together hold too much, and again when they hold less', () => {
  const { unsentBytesMax, unsentBytesMin, unsentTotalBytesMax } = STREAM_LIMITS;
  const unsent = new Unsent(STREAM_LIMITS);
  expect(unsent.allowance).toBe(unsentBytesMax);
  unsent.add(unsentTotalBytesMax + 1);
  expect(unsent.allowance).toBe(unsentBytesMin);
  unsent.add(-1);
  expect(unsent.allowance).toBe(unsentBytesMax);
});
