import { assetOfRail, isBankRail } from './bankRails.ts';
import { BUILT_IN } from './catalog.ts';
import { readCatalog } from './readCatalog.ts';
import { meaningOf, reversibleUntil, termsOf } from './terms.ts';

const at = (text: string) => new Date(text);
const dollars = (amount: bigint) => amount * 100n;

/** What the rail makes of a hundred at this moment. */
const terms = (rail: 'ACH' | 'WIRE' | 'SEPA' | 'PIX', speed: 'SAME_DAY' | 'INSTANT' | null, now: string) =>
  termsOf(BUILT_IN, { rail, speed, amountMinor: dollars(100n) }, at(now));

test('a wire of a Saturday settles on Monday evening in New York, and later where Monday is a holiday', () => {
  expect(terms('WIRE', null, '2026-03-07T15:00:00Z')).toEqual({
    kind: 'TAKEN',
    speed: 'STANDARD',
    expectedBy: at('2026-03-09T23:00:00Z'),
  });
  // Monday, 25 May 2026 is Memorial Day.
  expect(terms('WIRE', null, '2026-05-23T15:00:00Z')).toMatchObject({
    expectedBy: at('2026-05-26T23:00:00Z'),
  });
});

test('what is asked for the same day settles with the next window, and what comes too late the day after', () => {
  expect(terms('ACH', 'SAME_DAY', '2026-03-04T15:29:59Z')).toMatchObject({
    speed: 'SAME_DAY',
    expectedBy: at('2026-03-04T18:00:00Z'),
  });
  expect(terms('ACH', 'SAME_DAY', '2026-03-04T15:30:00Z')).toMatchObject({
    expectedBy: at('2026-03-04T22:00:00Z'),
  });
  expect(terms('ACH', 'SAME_DAY', '2026-03-04T21:45:00Z')).toMatchObject({
    expectedBy: at('2026-03-05T18:00:00Z'),
  });
});

test('what is instant settles at once, also on Christmas', () => {
  expect(terms('SEPA', 'INSTANT', '2026-12-25T03:00:00Z')).toMatchObject({
    expectedBy: at('2026-12-25T03:00:10Z'),
  });
  expect(terms('PIX', null, '2026-12-25T03:00:00Z')).toMatchObject({ speed: 'INSTANT' });
  expect(terms('SEPA', null, '2026-12-25T03:00:00Z')).toMatchObject({ speed: 'STANDARD' });
});

test('a speed that the rail does not have, and amounts beyond its limits, are told with what it takes', () => {
  expect(terms('WIRE', 'INSTANT', '2026-03-04T15:00:00Z')).toEqual({
    kind: 'NO_SUCH_SPEED',
    offered: ['STANDARD'],
  });
  const limited = readCatalog({
    rails: {
      'SEPA/EUR': { speeds: { STANDARD: { amountMinorMin: '100', amountMinorMax: '200' }, INSTANT: null } },
    },
  });
  const of = (amountMinor: bigint) =>
    termsOf(limited, { rail: 'SEPA', speed: null, amountMinor }, at('2026-03-04T15:00:00Z')).kind;
  expect([99n, 100n, 200n, 201n].map(of)).toEqual(['AMOUNT', 'TAKEN', 'TAKEN', 'AMOUNT']);
  expect(termsOf(limited, { rail: 'SEPA', speed: 'INSTANT', amountMinor: 100n }, new Date())).toEqual({
    kind: 'NO_SUCH_SPEED',
    offered: ['STANDARD'],
  });
});

test('money may come back until the window of the rail is over, and never where its rules name none', () => {
  expect(reversibleUntil(BUILT_IN, 'WIRE', at('2026-03-04T15:00:00Z'))).toBeNull();
  expect(reversibleUntil(BUILT_IN, 'FPS', at('2026-03-04T15:00:00Z'))).toBeNull();
  // Two banking days after a Friday: the end of Tuesday in New York.
  expect(reversibleUntil(BUILT_IN, 'ACH', at('2026-03-06T15:00:00Z'))).toEqual(at('2026-03-11T04:00:00Z'));
});

test('reasons are worded as the rail has them, and each rail carries one asset', () => {
  expect(meaningOf(BUILT_IN, 'FPS', '1160')).toBe('The account was closed');
  expect(meaningOf(BUILT_IN, 'FPS', 'R03')).toBeNull();
  expect(isBankRail('CASH')).toBe(false);
  expect(isBankRail('BOOK')).toBe(false);
  expect(assetOfRail('SPEI')).toBe('MXN');
});
