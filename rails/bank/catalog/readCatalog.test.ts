import { isBusinessDay } from '../calendar/holidays.ts';
import { ENTRIES, findEntry, findReturnReason } from './catalog.ts';
import { CatalogError, readCatalog } from './readCatalog.ts';

function faultsOf(overrides: unknown): readonly string[] {
  try {
    readCatalog(overrides);
    return [];
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return error.faults;
  }
}

test('the catalogue that comes with OMSX is without a fault, and reads to itself', () => {
  expect(readCatalog(undefined).entries).toEqual(ENTRIES);
  expect(ENTRIES.map(({ rail, asset }) => `${rail}/${asset}`)).toEqual([
    ...[
      'ACH/USD',
      'WIRE/USD',
      'SEPA/EUR',
      'PIX/BRL',
      'SPEI/MXN',
      'UPI/INR',
      'FPS/GBP',
      'CASH/USD',
      'CASH/MXN',
    ],
  ]);
  for (const { source, returnReasons } of ENTRIES) {
    expect(source.length).toBeGreaterThan(20);
    expect(returnReasons.length).toBeGreaterThan(3);
  }
});

test('fields of the file go over ours and leave what they do not name', () => {
  const catalog = readCatalog({
    rails: {
      'ACH/USD': { speeds: { SAME_DAY: null, STANDARD: { amountMinorMax: '500000' } } },
      'UPI/INR': { returnWindow: { kind: 'OPEN' } },
    },
  });
  const ach = findEntry(catalog, 'ACH', 'USD');
  expect(ach?.speeds.map(({ code, amountMinorMax }) => [code, amountMinorMax])).toEqual([
    ['STANDARD', 500_000n],
  ]);
  expect(ach?.returnReasons).toEqual(ENTRIES[0]?.returnReasons);
  expect(findEntry(catalog, 'UPI', 'INR')?.returnWindow).toEqual({ kind: 'OPEN' });
  expect(findEntry(catalog, 'FPS', 'GBP')).toEqual(ENTRIES[6]);
});

test('a bank may have cut-offs of its own', () => {
  const windows = [
    { cutOff: { days: 0, time: '16:00' }, settlementDays: 0, settlesAt: { days: 0, time: '18:00' } },
  ];
  const schedule = {
    kind: 'WINDOWS',
    calendar: 'GB',
    timeZone: 'Europe/London',
    opensAt: { days: 0, time: '06:00' },
    windows,
  };
  const catalog = readCatalog({ rails: { 'FPS/GBP': { speeds: { INSTANT: { schedule } } } } });
  expect(findEntry(catalog, 'FPS', 'GBP')?.speeds[0]?.schedule).toEqual(schedule);
});

test('days of an operator close and open banks', () => {
  const catalog = readCatalog({
    calendars: { IN: { closed: ['2026-03-04'] }, US: { open: ['2026-12-25'] } },
  });
  expect(isBusinessDay(catalog.calendars.IN, '2026-03-04')).toBe(false);
  expect(isBusinessDay(catalog.calendars.US, '2026-12-25')).toBe(true);
  expect(isBusinessDay(readCatalog(undefined).calendars.IN, '2026-03-04')).toBe(true);
});

test('a day cannot be both closed and open', () => {
  const days = ['2026-12-25'];
  expect(faultsOf({ calendars: { US: { closed: days, open: days } } })).toEqual([
    'calendars.US.open: expected days that are not closed as well',
  ]);
});

test('every fault is listed with its path', () => {
  const schedule = {
    kind: 'WINDOWS',
    calendar: 'FR',
    timeZone: 'Mars/Olympus',
    opensAt: { days: 0, time: '7:00' },
    windows: [
      { cutOff: { days: 0, time: '15:00' }, settlementDays: 1, settlesAt: { days: 9, time: '18:00' } },
      { cutOff: { days: 0, time: '12:00' }, settlementDays: -1, settlesAt: { days: 0, time: '18:00' } },
    ],
  };
  const faults = faultsOf({
    rails: {
      'SWIFT/USD': {},
      'ACH/USD': {
        accountTypes: ['PASSBOOK'],
        isReversible: 'yes',
        colour: 'red',
        returnReasons: [{ code: 'r1' }],
      },
      'WIRE/USD': { speeds: { STANDARD: { amountMinorMin: '10', amountMinorMax: '9', schedule } } },
      'PIX/BRL': { speeds: { INSTANT: null } },
      'UPI/INR': { speeds: { INSTANT: { amountMinorMax: 5 } } },
      'FPS/GBP': 'closed',
    },
    calendars: { US: { closed: ['2026-02-30', 5], open: ['2026-02-03'] }, XX: {} },
    fees: 1,
  });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'the file.fees',
    'rails.SWIFT/USD',
    'calendars.XX',
    'ACH/USD.colour',
    'ACH/USD.accountTypes.0',
    'ACH/USD.isReversible',
    'ACH/USD.returnReasons.0.code',
    'ACH/USD.returnReasons.0.family',
    'ACH/USD.returnReasons.0.meaning',
    'WIRE/USD.speeds.STANDARD.amountMinorMax',
    'WIRE/USD.speeds.STANDARD.schedule.calendar',
    'WIRE/USD.speeds.STANDARD.schedule.timeZone',
    'WIRE/USD.speeds.STANDARD.schedule.opensAt.time',
    'WIRE/USD.speeds.STANDARD.schedule.windows.0.settlesAt.days',
    'WIRE/USD.speeds.STANDARD.schedule.windows.1.settlementDays',
    'WIRE/USD.speeds.STANDARD.schedule.windows.1.cutOff',
    'PIX/BRL.speeds',
    'UPI/INR.speeds.INSTANT.amountMinorMax',
    'FPS/GBP',
    'calendars.US.closed.0',
    'calendars.US.closed.1',
    'calendars.US.open.0',
  ]);
});

test('a return code means what its rail says', () => {
  const catalog = readCatalog(undefined);
  const meanings = (
    [
      ['ACH', 'USD', 'R03'],
      ['SEPA', 'EUR', 'AC04'],
      ['FPS', 'GBP', '1160'],
    ] as const
  ).map(([rail, asset, code]) => {
    const entry = findEntry(catalog, rail, asset);
    return entry === null ? null : findReturnReason(entry, code)?.family;
  });
  expect(meanings).toEqual(['ACCOUNT_NOT_FOUND', 'ACCOUNT_CLOSED', 'ACCOUNT_CLOSED']);
});
