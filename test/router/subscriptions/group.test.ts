import { formatCursor, type Position } from '../../../platform/cursor.ts';
import type { Subscriber } from '../../../router/subscriptions/subscriber.ts';
import { MemorySource } from './memorySource.ts';
import { openGroup, Reader, turns } from './readers.ts';

/**
 * Goal: whatever a reader does, it gets every event after where it began once and in order. Method: dice decide when
 * events come, readers come, go, come back with their last cursor, get stuck and read on, and how long each await takes.
 */
const SEEDS = Number(process.env.OMSX_TEST_STREAM_SEEDS ?? 150);
const STEPS = 120;

function diceOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

interface Life {
  readonly reader: Reader;
  readonly subscriber: Subscriber;
  /** Where it began; null for one that begins with the state as it is. */
  readonly after: Position | null;
}

test('every reader gets every event once and in order, whatever happens meanwhile', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const dice = diceOf(seed);
    const source = new MemorySource(dice);
    const settle = () => turns(Math.floor(dice() * 3));
    const { group, add } = openGroup(source, settle);
    const open: Life[] = [];
    const gone: Life[] = [];
    const join = (after: Position | null): void => {
      const reader = new Reader();
      if (dice() < 0.5) reader.room = Math.floor(dice() * 5);
      open.push({ reader, subscriber: add(reader, after), after });
    };
    join(null);
    const first = open[0];
    for (let step = 0; step < STEPS; step++) {
      const roll = dice();
      const one = open[Math.floor(dice() * open.length)];
      if (roll < 0.4) source.append(dice() < 0.7);
      else if (roll < 0.5) join(dice() < 0.5 ? null : source.horizon);
      else if (roll < 0.6 && one && one !== first) {
        group.leave(one.subscriber);
        open.splice(open.indexOf(one), 1);
        gone.push(one);
        if (one.reader.received.length > 0) join(one.reader.last);
      } else if (roll < 0.7 && one) one.reader.room = 0;
      else if (roll < 0.85 && one) one.reader.makeRoom(Math.floor(dice() * 6));
      if (dice() < 0.5) await turns(Math.floor(dice() * 3));
      if (dice() < 0.1) group.prune(Date.now() + 60_000);
    }
    for (let round = 0; round < 200; round++) {
      for (const { reader } of open) reader.makeRoom(Number.POSITIVE_INFINITY);
      await turns(3);
    }
    for (const life of [...open, ...gone]) expectWhole(life, source, seed, open.includes(life));
    for (const { subscriber } of open) group.leave(subscriber);
    await turns(5);
    expect({ seed, followers: source.followers }).toEqual({ seed, followers: 0 });
  }
}, 120_000);

/** What it got is what came after where it began, up to now or up to where it left. */
function expectWhole({ reader, after }: Life, source: MemorySource, seed: number, isOpen: boolean): void {
  const { received } = reader;
  const isFirst = after === null;
  if (isFirst && received.length === 0) {
    expect({ seed, isOpen }).toEqual({ seed, isOpen: false });
    return;
  }
  const begun = isFirst ? new Reader() : null;
  begun?.received.push(received[0] as string);
  const from = begun?.last ?? (after as Position);
  const expected = source.matching(from);
  const got = isFirst ? received.slice(1) : received;
  expect({ seed, errors: reader.errors }).toEqual({ seed, errors: [] });
  expect({ seed, got }).toEqual({ seed, got: isOpen ? expected : expected.slice(0, got.length) });
}

/** Answers at once. */
const steady = (): number => 0;

test('an event is resolved once for ten thousand readers, and the source is followed once', async () => {
  const source = new MemorySource(steady);
  const { told, add } = openGroup(source);
  const readers = Array.from({ length: 10_000 }, () => new Reader());
  for (const reader of readers) add(reader, null);
  await turns(60);
  told.resolved = 0;
  source.append(true);
  await turns(60);
  expect({ resolved: told.resolved, followers: source.followers }).toEqual({ resolved: 1, followers: 1 });
  expect(new Set(readers.map(({ received }) => received.length))).toEqual(new Set([2]));
});

test('those who ask while a first message is made share the next one, which is not older than their question', async () => {
  const source = new MemorySource(steady);
  const { told, add } = openGroup(source, () => turns(3));
  const [early, late] = [new Reader(), new Reader()];
  add(early, null);
  await turns(2);
  source.append(true);
  add(late, null);
  for (let n = 0; n < 20; n++) add(new Reader(), null);
  await turns(40);
  expect(early.received).toEqual([
    formatCursor({ xid: 0n, seq: 0n }),
    ...source.matching({ xid: 0n, seq: 0n }),
  ]);
  expect(late.received).toEqual([formatCursor(source.horizon)]);
  // Two first messages and the event.
  expect(told.resolved).toBe(3);
});

test('five thousand readers that come back with one cursor are replayed to in one go', async () => {
  const source = new MemorySource(steady);
  const start = source.horizon;
  for (let n = 0; n < 50; n++) source.append(true);
  const { told, add } = openGroup(source);
  await turns(5);
  const readers = Array.from({ length: 5_000 }, () => new Reader());
  for (const reader of readers) add(reader, start);
  await turns(2_000);
  expect(new Set(readers.map(({ received }) => received.join()))).toEqual(
    new Set([source.matching(start).join()]),
  );
  // The first begins at once; what it was sent is there for all others.
  expect(told.resolved).toBe(50);
});

test('those who come back later are sent what was resolved for the first, until that is let go', async () => {
  const source = new MemorySource(steady);
  const start = source.horizon;
  for (let n = 0; n < 20; n++) source.append(true);
  const middle = source.horizon;
  for (let n = 0; n < 10; n++) source.append(true);
  const { group, told, add } = openGroup(source);
  add(new Reader(), start);
  await turns(200);
  for (let n = 0; n < 3; n++) source.append(true);
  await turns(20);
  group.prune(Date.now() + 3_000);
  const [early, late] = [new Reader(), new Reader()];
  add(early, start);
  add(late, middle);
  // At once, without a look at the source.
  expect(early.received).toEqual(source.matching(start));
  expect(late.received).toEqual(source.matching(middle));
  expect(told.resolved).toBe(33);
  group.prune(Date.now() + 60_000);
  const last = new Reader();
  add(last, start);
  await turns(200);
  expect(last.received).toEqual(source.matching(start));
  expect(told.resolved).toBe(66);
});

test('one who resumes before the group has begun joins it as soon as it has, also when nothing happens', async () => {
  const source = new MemorySource(() => 0.99);
  source.append(true);
  const { group, add } = openGroup(source);
  const reader = new Reader();
  add(reader, source.horizon);
  await turns(40);
  expect({ behind: group.behindCount, hasOpened: reader.hasOpened, followers: source.followers }).toEqual({
    behind: 0,
    hasOpened: true,
    followers: 1,
  });
});

test('a stuck reader holds nobody up, is sent no more than it has room for, and gets all of it in the end', async () => {
  const source = new MemorySource(steady);
  const { group, add } = openGroup(source);
  const [stuck, quick] = [new Reader(), new Reader()];
  add(stuck, null);
  add(quick, null);
  await turns(10);
  stuck.room = 3;
  for (let n = 0; n < 500; n++) source.append(true);
  await turns(1_500);
  expect([quick.received.length, stuck.received.length, group.behindCount]).toEqual([501, 4, 1]);
  stuck.makeRoom(Number.POSITIVE_INFINITY);
  await turns(1_500);
  expect(stuck.received).toEqual(quick.received);
  expect(group.behindCount).toBe(0);
});

test('stuck readers hold no place among the replays', async () => {
  const source = new MemorySource(steady);
  const start = source.horizon;
  const { add } = openGroup(source);
  await turns(5);
  for (let n = 0; n < 20; n++) source.append(true);
  for (let n = 0; n < 10; n++) {
    const stuck = new Reader();
    stuck.room = 1;
    add(stuck, start);
  }
  await turns(200);
  const reader = new Reader();
  add(reader, start);
  await turns(200);
  expect(reader.received).toHaveLength(20);
});

test('a cursor that has expired, or is ahead of all events, ends the stream of who has it and of nobody else', async () => {
  const source = new MemorySource(steady);
  const start = source.horizon;
  for (let n = 0; n < 5; n++) source.append(true);
  const middle = source.horizon;
  for (let n = 0; n < 5; n++) source.append(true);
  source.expire(middle);
  const { add } = openGroup(source);
  await turns(5);
  const [expired, good, ahead] = [new Reader(), new Reader(), new Reader()];
  add(expired, start);
  add(good, middle);
  add(ahead, { xid: 999n, seq: 0n });
  await turns(100);
  expect(expired.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
  expect(ahead.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect([good.errors, good.received]).toEqual([[], source.matching(middle)]);
});

test('a cursor ahead of all events is found out also when it came before the group had begun', async () => {
  for (let rounds = 0; rounds < 40; rounds++) {
    const dice = diceOf(rounds);
    const source = new MemorySource(dice);
    source.append(true);
    const { add } = openGroup(source);
    const reader = new Reader();
    await turns(rounds % 4);
    add(reader, { xid: 999n, seq: 0n });
    await turns(40);
    expect({ rounds, errors: reader.errors.length, opened: reader.hasOpened }).toEqual({
      rounds,
      errors: 1,
      opened: false,
    });
  }
});

test('with the last reader the source ends, with the first of two it does not', async () => {
  const source = new MemorySource(steady);
  const { group, told, add } = openGroup(source);
  const [one, other] = [new Reader(), new Reader()];
  const first = add(one, null);
  const second = add(other, null);
  await turns(10);
  group.leave(first);
  source.append(true);
  await turns(10);
  expect([one.received.length, other.received.length, source.followers]).toEqual([1, 2, 1]);
  group.leave(second);
  await turns(5);
  expect([source.followers, told.hasEnded]).toEqual([0, true]);
});

test('a stream that keeps nothing carries a reader over a short stop, and ends for one that missed something', async () => {
  const source = new MemorySource(steady);
  const { group, add } = openGroup({
    serves: () => source.serves(),
    follow: (signal) => source.follow(signal),
    history: null,
    passesFailures: true,
  });
  const [short, long, quick] = [new Reader(), new Reader(), new Reader()];
  for (const reader of [short, long, quick]) add(reader, null);
  await turns(10);
  short.room = 0;
  long.room = 0;
  for (let n = 0; n < 100; n++) source.append(true);
  await turns(300);
  group.prune(Date.now() + 60_000);
  short.makeRoom(Number.POSITIVE_INFINITY);
  await turns(10);
  expect(short.received).toEqual(quick.received);
  for (let n = 0; n < 300; n++) source.append(true);
  await turns(900);
  long.makeRoom(Number.POSITIVE_INFINITY);
  await turns(10);
  expect(quick.received).toHaveLength(400);
  expect(long.errors).toMatchObject([{ extensions: { code: 'STREAM_INTERRUPTED' } }]);
});
