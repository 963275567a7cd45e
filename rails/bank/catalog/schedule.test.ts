import type { Clock } from '../../../platform/clock.ts';
import { findEntry, findSpeed, returnWindowOf } from './catalog.ts';
import type { CatalogRailName, RailEntry, Speed, SpeedCode } from './rail.ts';
import { readCatalog } from './readCatalog.ts';
import { isOpen, nextCutOff, returnableUntil, settlesBy } from './schedule.ts';

const catalog = readCatalog(undefined);

function at(instant: string): Clock {
  return { now: () => new Date(instant) };
}

function entryOf(rail: CatalogRailName, asset: string): RailEntry {
  const entry = findEntry(catalog, rail, asset);
  if (entry === null) throw new Error(`no ${rail}`);
  return entry;
}

function speedOf(rail: CatalogRailName, asset: string, code: SpeedCode | null = null): Speed {
  const speed = findSpeed(entryOf(rail, asset), code);
  if (speed === null) throw new Error(`no ${code}`);
  return speed;
}

function plan(speed: Speed, instant: string): readonly [boolean, string | undefined, string] {
  const clock = at(instant);
  return [
    isOpen(catalog, speed, clock),
    nextCutOff(catalog, speed, clock)?.at.toISOString(),
    settlesBy(catalog, speed, clock).toISOString(),
  ];
}

test.each([
  ['in the morning', '2026-07-07T13:00:00Z', true, '2026-07-07T14:30:00.000Z', '2026-07-07T17:00:00.000Z'],
  ['a moment before', '2026-07-07T14:29:59Z', true, '2026-07-07T14:30:00.000Z', '2026-07-07T17:00:00.000Z'],
  ['exactly on time', '2026-07-07T14:30:00Z', true, '2026-07-07T18:45:00.000Z', '2026-07-07T21:00:00.000Z'],
  [
    'in the last window',
    '2026-07-07T20:00:00Z',
    true,
    '2026-07-07T20:45:00.000Z',
    '2026-07-07T22:00:00.000Z',
  ],
  ['in the evening', '2026-07-07T21:00:00Z', false, '2026-07-08T14:30:00.000Z', '2026-07-08T17:00:00.000Z'],
  ['on Christmas eve', '2026-12-24T22:00:00Z', false, '2026-12-28T15:30:00.000Z', '2026-12-28T18:00:00.000Z'],
])('same-day ACH %s', (_, instant, open, cutOff, settles) => {
  expect(plan(speedOf('ACH', 'USD', 'SAME_DAY'), instant)).toEqual([open, cutOff, settles]);
});

test.each([
  ['on a Tuesday', '2026-07-07T13:00:00Z', true, '2026-07-08T06:15:00.000Z', '2026-07-08T12:30:00.000Z'],
  [
    'in the night after Friday',
    '2026-07-11T05:00:00Z',
    true,
    '2026-07-11T06:15:00.000Z',
    '2026-07-13T12:30:00.000Z',
  ],
  [
    'on a Saturday at noon',
    '2026-07-11T16:00:00Z',
    false,
    '2026-07-14T06:15:00.000Z',
    '2026-07-14T12:30:00.000Z',
  ],
  [
    'before Thanksgiving',
    '2026-11-25T15:00:00Z',
    true,
    '2026-11-26T07:15:00.000Z',
    '2026-11-27T13:30:00.000Z',
  ],
])('standard ACH %s settles on the next banking day', (_, instant, open, cutOff, settles) => {
  expect(plan(speedOf('ACH', 'USD'), instant)).toEqual([open, cutOff, settles]);
});

test('Fedwire opens the evening before, and not in the evening before a holiday', () => {
  const wire = speedOf('WIRE', 'USD');
  // Monday, 7 September 2026 is Labor Day.
  expect(plan(wire, '2026-09-07T00:30:00Z')[0]).toBe(false);
  expect(plan(wire, '2026-09-07T02:00:00Z')).toEqual([
    false,
    '2026-09-08T22:45:00.000Z',
    '2026-09-08T23:00:00.000Z',
  ]);
  expect(plan(wire, '2026-09-08T01:30:00Z')[0]).toBe(true);
});

test('a cut-off stays at the same time of the clock when summer time ends', () => {
  const wire = speedOf('WIRE', 'USD');
  expect(nextCutOff(catalog, wire, at('2026-10-30T12:00:00Z'))?.at.toISOString()).toBe(
    '2026-10-30T22:45:00.000Z',
  );
  expect(nextCutOff(catalog, wire, at('2026-11-02T12:00:00Z'))?.at.toISOString()).toBe(
    '2026-11-02T23:45:00.000Z',
  );
});

test('a SEPA credit transfer over Easter waits for Tuesday, an instant one takes ten seconds', () => {
  // Maundy Thursday, 2 April 2026, after the cut-off.
  expect(plan(speedOf('SEPA', 'EUR'), '2026-04-02T13:00:00Z')).toEqual([
    false,
    '2026-04-07T12:00:00.000Z',
    '2026-04-08T16:00:00.000Z',
  ]);
  expect(plan(speedOf('SEPA', 'EUR', 'INSTANT'), '2026-04-04T03:00:00Z')).toEqual([
    true,
    undefined,
    '2026-04-04T03:00:10.000Z',
  ]);
});

test.each([
  [
    'an account that is not there, two banking days',
    'R03',
    '2026-07-10T00:00:00Z',
    '2026-07-14T04:00:00.000Z',
  ],
  ['what the holder did not allow, sixty days', 'R10', '2026-07-10T16:00:00Z', '2026-09-09T04:00:00.000Z'],
])('ACH returns %s', (_, code, settledAt, until) => {
  const entry = entryOf('ACH', 'USD');
  const window = returnWindowOf(entry, code);
  expect(returnableUntil(catalog, entry, window, new Date(settledAt))?.toISOString()).toBe(until);
});

test('a credit that its receiver refuses may come back without an end', () => {
  const entry = entryOf('ACH', 'USD');
  expect(returnableUntil(catalog, entry, returnWindowOf(entry, 'R23'), new Date())).toBeNull();
});

test('a rail without a speed of that name, or in another asset, is not found', () => {
  expect(findSpeed(entryOf('PIX', 'BRL'), 'SAME_DAY')).toBeNull();
  expect(findSpeed(entryOf('PIX', 'BRL'), null)?.code).toBe('INSTANT');
  expect(findEntry(catalog, 'PIX', 'USD')).toBeNull();
});
