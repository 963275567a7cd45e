import { createLane, LaneFullError } from './lane.ts';

test('commands that arrive while a batch is under way form the next batch', async () => {
  const sizes: number[] = [];
  const lane = createLane<number, number>({
    name: 'numbers',
    run: async (batch) => {
      sizes.push(batch.length);
      await new Promise(setImmediate);
      return batch.map((value) => value * 2);
    },
  });
  const first = [1, 2, 3].map((value) => lane.submit(value));
  await Promise.resolve();
  const second = [4, 5].map((value) => lane.submit(value));
  expect(await Promise.all([...first, ...second])).toEqual([2, 4, 6, 8, 10]);
  expect(sizes).toEqual([3, 2]);
});

test('a batch is never larger than its limit, and a full queue refuses at once', async () => {
  const sizes: number[] = [];
  const lane = createLane<number, number>({
    name: 'small',
    batchSizeMax: 2,
    queueMax: 5,
    run: async (batch) => {
      sizes.push(batch.length);
      return [...batch];
    },
  });
  const taken = [1, 2, 3, 4, 5].map((value) => lane.submit(value));
  await expect(lane.submit(6)).rejects.toBeInstanceOf(LaneFullError);
  await Promise.all(taken);
  expect(sizes).toEqual([2, 2, 1]);
});

test('a deadlock runs the whole batch again, and any other fault is told to its own caller only', async () => {
  let deadlocks = 2;
  const lane = createLane<string, string>({
    name: 'faulty',
    run: async (batch) => {
      if (deadlocks-- > 0) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      if (batch.includes('bad')) throw Object.assign(new Error('division by zero'), { code: '22012' });
      return [...batch];
    },
  });
  const answers = await Promise.allSettled(['a', 'bad', 'b'].map((value) => lane.submit(value)));
  expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('drain answers what is queued and refuses what comes after', async () => {
  const lane = createLane<number, number>({ name: 'draining', run: async (batch) => [...batch] });
  const queued = lane.submit(1);
  const drained = lane.drain();
  await expect(lane.submit(2)).rejects.toBeInstanceOf(LaneFullError);
  await drained;
  expect(await queued).toBe(1);
});
