import type { FeedEvent } from '../../schema/events.ts';
import { comparePositions, formatCursor, ORIGIN, type Position } from '../cursor.ts';
import { newUuid, type Uuid } from '../id.ts';
import type { Positioned } from './outboxRows.ts';
import { EventWindow, WINDOW_LIMITS, type WindowLimits } from './window.ts';

const organizationId = newUuid();

function at(number: number): Position {
  return { xid: BigInt(number), seq: 1n };
}

function events(from: number, to: number, owner: Uuid = organizationId): Positioned[] {
  return Array.from({ length: to - from + 1 }, (_value, index) => {
    const position = at(from + index);
    const event: FeedEvent = {
      cursor: formatCursor(position),
      id: newUuid(),
      organizationId: owner,
      type: 'CustomerUpdated',
      aggregateId: owner,
      version: 1,
      subjects: [],
      payload: { id: owner },
      occurredAt: '2026-11-23T12:00:00.000Z',
    };
    return { position, event };
  });
}

function numbers(window: EventWindow, after: Position, max = 1_000): number[] {
  return window.after(after, max).events.map(({ position }) => Number(position.xid));
}

/** Of events 11 to 20, from position 10 on, read at time 0. */
function openWindow(limits: Partial<WindowLimits> = {}): EventWindow {
  const window = new EventWindow(organizationId, at(10), { ...WINDOW_LIMITS, ...limits });
  window.append(events(11, 20), at(25), 0);
  return window;
}

test('it covers from its floor to its head, and gives what comes after a position, page by page', () => {
  const window = openWindow();
  expect([9, 10, 25, 26].map((number) => window.covers(at(number)))).toEqual([false, true, true, false]);
  expect(numbers(window, at(17))).toEqual([18, 19, 20]);
  expect(window.after(at(10), 4)).toMatchObject({ upTo: at(14) });
  expect(numbers(window, at(10), 4)).toEqual([11, 12, 13, 14]);
  expect(window.after(at(14), 6)).toMatchObject({ upTo: at(25) });
  expect(window.after(at(25), 4)).toEqual({ events: [], upTo: at(25) });
});

test('it grows at both ends', () => {
  const window = openWindow();
  window.prepend(events(3, 9), at(2), 0);
  window.append(events(26, 27), at(27), 0);
  window.append([], at(30), 0);
  expect(window.covers(at(2))).toBe(true);
  expect(numbers(window, at(2))).toEqual([3, 4, 5, 6, 7, 8, 9, ...numbers(openWindow(), at(10)), 26, 27]);
  expect(window.head).toEqual(at(30));
});

test('it gives up the oldest when it holds too many, whichever end they came from', () => {
  const window = openWindow({ eventsMax: 12 });
  window.append(events(26, 30), at(30), 0);
  expect(window).toMatchObject({ size: 12, floor: at(13), isFull: true });
  window.prepend(events(11, 13), at(10), 0);
  expect(window).toMatchObject({ size: 12, floor: at(13) });
  expect(numbers(window, window.floor)).toEqual([14, 15, 16, 17, 18, 19, 20, 26, 27, 28, 29, 30]);
});

test('it gives up the oldest when they weigh too much', () => {
  const bytesEach = openWindow().bytes / 10;
  const window = openWindow({ bytesMax: bytesEach * 4.5 });
  expect(window).toMatchObject({ size: 4, floor: at(16) });
  expect(window.bytes).toBeLessThanOrEqual(bytesEach * 4.5);
  window.prune(WINDOW_LIMITS.ageMaxMs);
  expect(window).toMatchObject({ size: 0, bytes: 0, floor: at(20), head: at(25) });
});

test('it gives up what was read long ago, and keeps what was read since', () => {
  const window = openWindow({ ageMaxMs: 1_000 });
  window.append(events(26, 28), at(28), 600);
  window.prune(999);
  expect(window.floor).toEqual(at(10));
  window.prune(1_000);
  expect(numbers(window, window.floor)).toEqual([26, 27, 28]);
  expect(window.covers(at(19))).toBe(false);
  window.prune(1_600);
  expect(window).toMatchObject({ size: 0, floor: at(28) });
});

test('what retention dropped is let go', () => {
  const window = openWindow();
  window.raiseFloor(at(15));
  window.raiseFloor(at(12));
  expect(window.floor).toEqual(at(15));
  expect(numbers(window, at(15))).toEqual([16, 17, 18, 19, 20]);
  window.raiseFloor(at(40));
  expect(window).toMatchObject({ size: 0, bytes: 0, floor: at(40), head: at(40) });
});

test('an event of another organization is a fault and never held', () => {
  const window = openWindow();
  expect(() => window.append(events(26, 26, newUuid()), at(26), 0)).toThrow('one organization');
  expect(() => window.prepend(events(9, 9, newUuid()), at(8), 0)).toThrow('one organization');
  expect(window).toMatchObject({ size: 10, floor: at(10), head: at(25) });
  expect(comparePositions(window.floor, ORIGIN)).toBeGreaterThan(0);
});
