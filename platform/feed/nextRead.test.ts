import { NextRead } from './nextRead.ts';

/** Reads that end when the test says so. */
function openReads() {
  const ends: { resolve(value: number): void; reject(error: Error): void }[] = [];
  const read = (): Promise<number> =>
    new Promise((resolve, reject) => {
      ends.push({ resolve, reject });
    });
  return { ends, read };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who asks while a read is under way shares the next one, which is begun after they asked', async () => {
  const shared = new NextRead<number>();
  const { ends, read } = openReads();
  const first = shared.ask(read);
  const [second, third] = [shared.ask(read), shared.ask(read)];
  await turn();
  expect(ends).toHaveLength(1);
  ends[0]?.resolve(1);
  expect(await first).toBe(1);
  await turn();
  expect(ends).toHaveLength(2);
  const fourth = shared.ask(read);
  ends[1]?.resolve(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await turn();
  expect(ends).toHaveLength(3);
  ends[2]?.resolve(3);
  expect(await fourth).toBe(3);
  await turn();
  expect(shared.isIdle).toBe(true);
});

test('a read that fails is the fault of those who shared it, and the next one goes on', async () => {
  const shared = new NextRead<number>();
  const { ends, read } = openReads();
  const first = shared.ask(read);
  const second = shared.ask(read);
  ends[0]?.reject(new Error('no connection'));
  await expect(first).rejects.toThrow('no connection');
  await turn();
  ends[1]?.resolve(2);
  expect(await second).toBe(2);
});
