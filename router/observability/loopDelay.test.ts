import { setTimeout as sleep } from 'node:timers/promises';
import { LoopDelay } from './loopDelay.ts';

test('the event loop is watched from the first question until nobody asks any more', async () => {
  const delay = new LoopDelay(800);
  expect(delay.isWatching).toBe(false);
  expect(delay.seconds(99)).toBeNull();
  expect(delay.isWatching).toBe(true);
  await sleep(60);
  const stuckUntilMs = performance.now() + 120;
  while (performance.now() < stuckUntilMs);
  await sleep(60);
  expect(delay.secondsAndReset(99)).toBeGreaterThan(0.05);
  expect(delay.seconds(99)).toBeNull();
  await sleep(1_000);
  expect(delay.isWatching).toBe(false);
});
