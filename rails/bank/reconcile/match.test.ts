import fc from 'fast-check';
import { ageSuspense } from './ageing.ts';
import { writeCsv } from './csv.ts';
import { type Booking, type MatchItem, sidesOf } from './item.ts';
import { MatchInputError, match } from './match.ts';
import { writeReconciliation } from './writeReconciliation.ts';

function booking(id: string, change: Partial<Booking> = {}): Booking {
  return {
    id,
    asset: 'USD',
    amountMinor: -1_000n,
    on: '2026-07-07',
    endToEndId: null,
    counterparty: null,
    ...change,
  };
}

/** Items in few letters: what was said of which bookings. */
function said(items: readonly MatchItem[]): readonly string[] {
  return items.map((item) => {
    const { ours, theirs } = sidesOf(item);
    const ids = (side: readonly Booking[]): string => side.map(({ id }) => id).join('+');
    return `${item.kind} ${ids(ours)}/${ids(theirs)}${item.kind === 'MATCHED' ? ` ${item.by}` : ''}`;
  });
}

const E2E = { endToEndId: 'e2e-1' };
const ANA = { counterparty: 'Ana Peña' };

test.each<[string, readonly Booking[], readonly Booking[], readonly string[]]>([
  [
    'the same id and amount go together, however late',
    [booking('o', E2E)],
    [booking('t', { ...E2E, on: '2026-08-30' })],
    ['MATCHED o/t END_TO_END_ID'],
  ],
  [
    'the same id with another amount',
    [booking('o', E2E)],
    [booking('t', { ...E2E, amountMinor: -999n })],
    ['AMOUNT_DIFFERS o/t'],
  ],
  [
    'an id that the bank has twice',
    [booking('o', E2E)],
    [booking('t', E2E), booking('u', E2E)],
    ['DUPLICATE o/t+u'],
  ],
  [
    'an id that we have twice',
    [booking('o', E2E), booking('p', E2E)],
    [booking('t', E2E)],
    ['DUPLICATE o+p/t'],
  ],
  [
    'an id of the bank alone',
    [],
    [booking('t', E2E), booking('u', E2E)],
    ['MISSING_OURS /t', 'MISSING_OURS /u'],
  ],
  ['an id of ours alone', [booking('o', E2E)], [], ['MISSING_THEIRS o/']],
  [
    'a return has the id of what it returns, and is no duplicate of it',
    [booking('o', E2E)],
    [booking('t', E2E), booking('u', { ...E2E, amountMinor: 1_000n })],
    ['MATCHED o/t END_TO_END_ID', 'MISSING_OURS /u'],
  ],
  [
    'the same id in another asset',
    [booking('o', E2E)],
    [booking('t', { ...E2E, asset: 'EUR' })],
    ['MISSING_OURS /t', 'MISSING_THEIRS o/'],
  ],
  [
    'two ids that differ, equal otherwise',
    [booking('o', { ...E2E, ...ANA })],
    [booking('t', { endToEndId: 'x', ...ANA })],
    ['MISSING_OURS /t', 'MISSING_THEIRS o/'],
  ],
  [
    'a bank that lost the id but kept the name',
    [booking('o', { ...E2E, ...ANA })],
    [booking('t', { counterparty: 'ANA  PENA' })],
    ['MATCHED o/t COUNTERPARTY'],
  ],
  [
    'no id and no name, three days apart',
    [booking('o', E2E)],
    [booking('t', { on: '2026-07-10' })],
    ['MATCHED o/t AMOUNT_AND_DATE'],
  ],
  [
    'no id and no name, four days apart',
    [booking('o', E2E)],
    [booking('t', { on: '2026-07-11' })],
    ['MISSING_THEIRS o/', 'MISSING_OURS /t'],
  ],
  [
    'another name',
    [booking('o', ANA)],
    [booking('t', { counterparty: 'Bo Li' })],
    ['MISSING_OURS /t', 'MISSING_THEIRS o/'],
  ],
  [
    'two that could be either',
    [booking('o'), booking('p')],
    [booking('t'), booking('u')],
    ['AMBIGUOUS o+p/t+u'],
  ],
  ['one that could be two', [booking('o')], [booking('t'), booking('u')], ['AMBIGUOUS o/t+u']],
  [
    'a name tells two apart',
    [booking('o', ANA), booking('p')],
    [booking('t', ANA), booking('u')],
    ['MATCHED o/t COUNTERPARTY', 'MATCHED p/u AMOUNT_AND_DATE'],
  ],
  [
    'a chain of days is one question',
    [booking('o'), booking('p', { on: '2026-07-12' })],
    [booking('t', { on: '2026-07-09' }), booking('u', { on: '2026-07-15' })],
    ['AMBIGUOUS o+p/t+u'],
  ],
  [
    'in and out are not the same',
    [booking('o')],
    [booking('t', { amountMinor: 1_000n })],
    ['MISSING_OURS /t', 'MISSING_THEIRS o/'],
  ],
])('%s', (_, ours, theirs, expected) => {
  expect(said(match(ours, theirs, { windowDays: 3 }))).toEqual(expected);
});

test('what cannot be compared is refused', () => {
  expect(() => match([booking('o'), booking('o')], [], { windowDays: 3 })).toThrow(MatchInputError);
  expect(() => match([], [], { windowDays: 61 })).toThrow(MatchInputError);
  const many = Array.from({ length: 200_001 }, (_, at) => booking(String(at)));
  expect(() => match(many, [], { windowDays: 3 })).toThrow(MatchInputError);
});

test('thousands of one amount are one question, asked in no time', () => {
  const side = (name: string) => Array.from({ length: 3_000 }, (_, at) => booking(`${name}${at}`));
  const items = match(side('o'), side('t'), { windowDays: 3 });
  expect(items.map(({ kind }) => kind)).toEqual(['AMBIGUOUS']);
});

test('a hundred thousand payments with ids are compared within seconds', () => {
  const side = (name: string) =>
    Array.from({ length: 100_000 }, (_, at) => booking(`${name}${at}`, { endToEndId: `e${at}` }));
  expect(
    match(side('o'), side('t').reverse(), { windowDays: 3 }).every(({ kind }) => kind === 'MATCHED'),
  ).toBe(true);
});

const bookings = (side: string) =>
  fc
    .array(
      fc.record({
        asset: fc.constantFrom('USD', 'EUR'),
        amountMinor: fc.constantFrom(-200n, -100n, 100n),
        on: fc.constantFrom('2026-07-01', '2026-07-03', '2026-07-05', '2026-07-20'),
        endToEndId: fc.option(fc.constantFrom('a', 'b', 'c', 'd')),
        counterparty: fc.option(fc.constantFrom('Ana', 'ANA', 'Bo')),
      }),
      { maxLength: 9 },
    )
    .map((list) => list.map((one, at): Booking => ({ id: `${side}${at}`, ...one })));
const shuffled = <T>(list: readonly T[], seed: number): readonly T[] =>
  [...list]
    .map((one, at) => ({ one, key: (at * 7_919 + seed * 104_729) % 1_009 }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);

test('the answer has every booking once, is the same in any order, and the same from the other side', () => {
  fc.assert(
    fc.property(bookings('o'), bookings('t'), fc.nat(1_000), (ours, theirs, seed) => {
      const items = match(ours, theirs, { windowDays: 3 });
      const seen = items.flatMap((item) =>
        Object.values(sidesOf(item))
          .flat()
          .map(({ id }) => id),
      );
      expect([...seen].sort()).toEqual([...ours, ...theirs].map(({ id }) => id).sort());
      expect(match(shuffled(ours, seed), shuffled(theirs, seed + 1), { windowDays: 3 })).toEqual(items);
      const mirrored = match(theirs, ours, { windowDays: 3 });
      const pairs = (list: readonly MatchItem[], isMirrored: boolean) =>
        list
          .flatMap((item) =>
            item.kind === 'MATCHED'
              ? [isMirrored ? [item.theirs.id, item.ours.id] : [item.ours.id, item.theirs.id]]
              : [],
          )
          .sort();
      expect(pairs(mirrored, true)).toEqual(pairs(items, false));
    }),
    { numRuns: 300 },
  );
});

test('what is matched has the same amount and asset, and money that is not in an item does not exist', () => {
  fc.assert(
    fc.property(bookings('o'), bookings('t'), (ours, theirs) => {
      for (const item of match(ours, theirs, { windowDays: 3 })) {
        if (item.kind !== 'MATCHED') continue;
        expect([item.ours.asset, item.ours.amountMinor]).toEqual([
          item.theirs.asset,
          item.theirs.amountMinor,
        ]);
        if (item.by !== 'END_TO_END_ID')
          expect([item.ours.endToEndId, item.theirs.endToEndId]).toContain(null);
      }
    }),
  );
});

test('money in suspense ages by the day, in its own asset', () => {
  const since = [
    '2026-07-07',
    '2026-07-06',
    '2026-07-05',
    '2026-06-07',
    '2026-06-06',
    '2026-04-08',
    '2025-01-01',
  ];
  const items = since.map((day) => ({ asset: 'USD', amountMinor: 100n, since: day }));
  const aged = ageSuspense([...items, { asset: 'EUR', amountMinor: 5n, since: '2026-07-09' }], '2026-07-07');
  expect(aged.map(({ asset, count, amountMinor, oldest }) => [asset, count, amountMinor, oldest])).toEqual([
    ['EUR', 1, 5n, '2026-07-09'],
    ...[
      ['EUR', 0, 0n, null],
      ['EUR', 0, 0n, null],
      ['EUR', 0, 0n, null],
      ['EUR', 0, 0n, null],
    ],
    ['USD', 2, 200n, '2026-07-06'],
    ['USD', 1, 100n, '2026-07-05'],
    ['USD', 1, 100n, '2026-06-07'],
    ['USD', 2, 200n, '2026-04-08'],
    ['USD', 1, 100n, '2025-01-01'],
  ]);
});

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+49 30', "'+49 30"],
  ['-12.50', '-12.50'],
  ['-1+cmd', "'-1+cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['  =1', "'  =1"],
  ['\t=1', "'\t=1"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ['', ''],
])('a cell of %j is written as %j', (text, written) => {
  expect(writeCsv(['h'], [[text]])).toBe(`h\r\n${written}\r\n`);
});

test('a comparison is exported with a row for each booking and amounts of the asset', () => {
  const items = match(
    [booking('o', { ...E2E, counterparty: '=cmd()' })],
    [booking('t', { ...E2E, amountMinor: -1_250n })],
    { windowDays: 3 },
  );
  expect(writeReconciliation(items, new Map([['USD', { code: 'USD', scale: 2 }]]))).toBe(
    [
      'item,kind,by,side,id,endToEndId,date,asset,amount,counterparty,difference',
      "1,AMOUNT_DIFFERS,,OURS,o,e2e-1,2026-07-07,USD,-10.00,'=cmd(),-2.50",
      '1,AMOUNT_DIFFERS,,THEIRS,t,e2e-1,2026-07-07,USD,-12.50,,-2.50',
      '',
    ].join('\r\n'),
  );
});
