import { formatCursor, type Position } from '../../../platform/cursor.ts';
import { Allowance } from '../../../router/allowance.ts';
import type { StreamedMessage } from '../../../router/subscriptions/message.ts';
import { Recent } from '../../../router/subscriptions/recent.ts';

const BYTES = 100;

function at(number: number): Position {
  return { xid: BigInt(number), seq: 1n };
}

function message(number: number, bytes = BYTES): StreamedMessage {
  const position = at(number);
  return { position, cursor: formatCursor(position), payload: Buffer.alloc(bytes) };
}

/** From `begin` on, with these messages, sent at time 0. */
function recentFrom(begin: number, numbers: readonly number[], allowance: Allowance | null = null): Recent {
  const recent = new Recent(allowance);
  recent.begin(at(begin));
  for (const number of numbers) recent.add(message(number), 0);
  return recent;
}

function numbersAfter(recent: Recent, number: number): number[] {
  return recent.after(at(number)).map(({ position }) => Number(position.xid));
}

test('what was replayed up to where the live stream began is joined to it without gap or duplicate', () => {
  const recent = recentFrom(10, [12, 14], new Allowance(1_000));
  recent.prepend(recentFrom(3, [5, 7, 10, 12]), 0);
  expect([2, 3, 14].map((number) => recent.covers(at(number)))).toEqual([false, true, true]);
  expect(numbersAfter(recent, 3)).toEqual([5, 7, 10, 12, 14]);
  expect(numbersAfter(recent, 7)).toEqual([10, 12, 14]);
  recent.prepend(recentFrom(4, [5, 7, 10]), 0);
  expect(numbersAfter(recent, 3)).toEqual([5, 7, 10, 12, 14]);
});

test('with nothing to tell of, only the floor goes down', () => {
  const recent = recentFrom(10, [], new Allowance(0));
  recent.prepend(recentFrom(3, []), 0);
  expect(recent.covers(at(3))).toBe(true);
  expect(recent.isEmpty).toBe(true);
});

test('before it has begun there is nothing to join to', () => {
  const recent = new Recent(new Allowance(1_000));
  recent.prepend(recentFrom(3, [5]), 0);
  expect(recent.covers(at(5))).toBe(false);
  expect(recent.isEmpty).toBe(true);
});

test('as much as all groups may keep is kept, the latest first, and given back when it is let go', () => {
  const allowance = new Allowance(3 * BYTES);
  const recent = recentFrom(10, [11], allowance);
  recent.prepend(recentFrom(2, [4, 5, 6, 7, 8]), 0);
  expect(allowance.left).toBe(0);
  expect([4, 5, 6].map((number) => recent.covers(at(number)))).toEqual([false, true, true]);
  expect(numbersAfter(recent, 5)).toEqual([6, 7, 8, 11]);
  const other = recentFrom(10, [], allowance);
  other.prepend(recentFrom(2, [4]), 0);
  expect(other.covers(at(3))).toBe(false);
  expect(other.covers(at(4))).toBe(true);
  recent.clear();
  expect(allowance.left).toBe(3 * BYTES);
});

test('what was replayed is kept for ten seconds, what was sent live for two', () => {
  const allowance = new Allowance(1_000);
  const recent = recentFrom(10, [12], allowance);
  recent.prepend(recentFrom(3, [5]), 0);
  recent.prune(9_999);
  expect(numbersAfter(recent, 3)).toEqual([5, 12]);
  recent.prune(10_000);
  expect(recent.isEmpty).toBe(true);
  expect(allowance.left).toBe(1_000);
  expect(recent.covers(at(11))).toBe(false);
  expect(recent.covers(at(12))).toBe(true);
});

test('a group keeps no more than so many messages, nor so many bytes', () => {
  const numbers = Array.from({ length: 300 }, (_value, index) => 100 + index);
  const recent = recentFrom(1_000, [], new Allowance(Number.MAX_SAFE_INTEGER));
  recent.prepend(recentFrom(3, numbers), 0);
  expect(recent.after(at(0))).toHaveLength(256);
  expect(recent.covers(at(143))).toBe(true);
  expect(recent.covers(at(142))).toBe(false);
  const heavy = new Recent(new Allowance(Number.MAX_SAFE_INTEGER));
  heavy.begin(at(1_000));
  const earlier = new Recent();
  earlier.begin(at(1));
  for (let number = 2; number < 6; number++) earlier.add(message(number, 400 * 1_024), 0);
  heavy.prepend(earlier, 0);
  expect(heavy.after(at(0))).toHaveLength(2);
});
