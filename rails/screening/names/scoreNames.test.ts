import fc from 'fast-check';
import { createNameIndex } from './nameIndex.ts';
import { scoreNames } from './scoreNames.ts';
import { tokensOf } from './tokensOf.ts';

const THRESHOLD = 85;
const score = (one: string, other: string): number => scoreNames(tokensOf(one), tokensOf(other));

/** As lists of variants are published: the ways in which one name is written, which are found. */
const SAME: readonly (readonly [listed: string, asked: string, why: string])[] = [
  ['Mohammed Al-Hassan', 'Muhammad Hassan', 'transliteration and particle'],
  ['Youssef Hussain', 'Yusuf Hussein', 'transliteration'],
  ['Aleksandr Petrov', 'Alexander Petrov', 'x and ks'],
  ['Сергей Иванович Кузнецов', 'Sergei Kuznetsov', 'Cyrillic, and a patronymic left out'],
  ['Σταύρος Παπαδόπουλος', 'Stavros Papadopoulos', 'Greek'],
  ['محمد حسن', 'Mhmd Hsn', 'Arabic letters without vowels'],
  ['José Ángel Núñez', 'jose angel nunez', 'marks and case'],
  ['Jürgen Großmann', 'Jurgen Grossmann', 'umlaut and sharp s'],
  ['Søren Kjærgaard', 'Soren Kjaergaard', 'Danish letters'],
  ['Łukasz Wójcik', 'Lukasz Wojcik', 'Polish letters'],
  ['Abdul Rahman Khalil', 'Abdulrahman Khalil', 'two tokens in one'],
  ['Abd al-Rahman Khalil', 'Abdulrahman Khalil', 'two tokens in one, with a particle'],
  ['Ivan Petrovich Sidorov', 'SIDOROV, Ivan', 'order and comma'],
  ['Jonathan Smithson', 'J. Smithson', 'initial'],
  ['John Ronald Tolkin', 'J.R. Tolkin', 'initials'],
  ["Sean O'Brien", 'Sean OBrien', 'apostrophe'],
  ['Jean-Pierre Dupont', 'Jean Pierre Dupont', 'hyphen'],
  ['Katherine Jones', 'Catherine Jones', 'spelling'],
  ['Nikolay Volkov', 'Nikolai Wolkow', 'transliteration into German'],
  ['Dmitri Medvinsky', 'Dmitry Medvinskiy', 'endings'],
  ['Wei Zhang', 'ZHANG Wei', 'order'],
  ['Dr. Heinrich von Adelberg', 'Heinrich Adelberg', 'title and particle'],
  ['Robert Williams', 'Rboert Williams', 'two letters swapped'],
  ['Maria Fernanda Gonzalez', 'Maria Fernanda Gonzales', 'one letter'],
  ['Blackmere Shipping Company Limited', 'Blackmere Shipping Ltd.', 'company forms'],
  ['Blackmere Shipping S.A.', 'BLACKMERE SHIPPING LLC', 'company forms with dots'],
  ['Petroleos Andaluz S.p.A.', 'Petróleos Andaluz', 'company form left out'],
  ['Norvik Industries GmbH & Co. KG', 'Norvik Industries', 'company forms of two countries'],
  ['The Quillon Group', 'Quillon Holdings', 'words that say little'],
  ['Müller Maschinenbau GmbH', 'Mueller Maschinenbau', 'umlaut written out'],
];

/** Names of different people and businesses that have something in common, which are not. */
const DIFFERENT: readonly (readonly [listed: string, asked: string, why: string])[] = [
  ['John Smith', 'James Smith', 'surname only'],
  ['Ivan Petrov', 'Ivan Sidorov', 'first name only'],
  ['Ivan Petrov', 'Petrov', 'one of two tokens'],
  ['Mohammed Hassan', 'Mohammed Ali', 'first name only'],
  ['Anna Kowalska', 'Hanna Nowak', 'nothing but sound'],
  ['Blackmere Shipping Ltd', 'Northgate Shipping Ltd', 'words that say little'],
  ['First National Bank', 'Second National Bank', 'words that say little'],
  ['Quillon General Trading LLC', 'Sunrise General Trading LLC', 'words that say little'],
  ['Jean-Pierre Dupont', 'Jean-Paul Durand', 'half a first name'],
  ['Ali Hassan', 'Omar Abdullah Hassan', 'surname only'],
  ['Carlos Mendoza', 'Carlos Medina', 'first name, and an alike beginning'],
  ['Peter Johnson', 'Peter Jackson', 'first name, and an alike beginning'],
  ['Wei Zhang', 'Wei Zhou', 'first name only'],
  ['Elena Ivanova', 'Olga Ivanova', 'surname only'],
];

test.each(SAME)('%s is found by %s: %s', (listed, asked) => {
  expect(score(listed, asked)).toBeGreaterThanOrEqual(THRESHOLD);
});

test.each(DIFFERENT)('%s is not found by %s: %s', (listed, asked) => {
  expect(score(listed, asked)).toBeLessThan(THRESHOLD);
});

test.each([
  ['', 'Ivan Petrov'],
  ['...', 'Ivan Petrov'],
  ['\u0000\ud800', 'Ivan Petrov'],
])('a name without letters is like nothing: %j', (one, other) => {
  expect(score(one, other)).toBe(0);
});

const NAMES = [...SAME, ...DIFFERENT].flatMap((pair) => pair.slice(0, 2));
const name = fc.oneof(
  fc.constantFrom(...NAMES),
  fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 4 })
    .map((words) => words.join(' ')),
  fc.string({ maxLength: 400 }),
);

test('a score is the same either way round, from 0 to 100, and 100 for the same name', () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      const found = score(one, other);
      expect(found).toBe(score(other, one));
      expect(found).toBeGreaterThanOrEqual(0);
      expect(found).toBeLessThanOrEqual(100);
      if (tokensOf(one).length > 0) expect(score(one, one)).toBe(100);
    }),
    { numRuns: 500 },
  );
});

test('order, case, marks and blanks never change a score', () => {
  const words = fc.constantFrom(...NAMES).map((text) => text.split(/[\s-]+/));
  fc.assert(
    fc.property(words, fc.constantFrom(...NAMES), fc.infiniteStream(fc.nat()), (parts, other, order) => {
      const plain = score(parts.join(' '), other);
      const shuffled = parts.map((part) => ({ part, at: order.next().value })).sort((a, b) => a.at - b.at);
      const text = shuffled.map(({ part }) => part).join('  ');
      expect(score(text, other)).toBe(plain);
      expect(score(text.toUpperCase(), other)).toBe(plain);
      expect(
        score(
          [...text].map((letter) => (/[a-z]/i.test(letter) ? `${letter}\u0301` : letter)).join(''),
          other,
        ),
      ).toBe(plain);
    }),
    { numRuns: 500 },
  );
});

test('the index finds whatever comparing with every name finds', () => {
  const typo = fc.record({ at: fc.nat(), letter: fc.constantFrom(...'aeiourstnlkmdh'), kind: fc.nat(3) });
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.array(typo, { maxLength: 4 }), (asked, typos) => {
      const index = createNameIndex<number>();
      for (const [number, listed] of NAMES.entries()) index.add(number, listed);
      const wrong = typos.reduce((text, { at, letter, kind }) => {
        const place = at % (text.length + 1);
        const cut = kind === 0 ? 0 : 1;
        return `${text.slice(0, place)}${kind === 1 ? '' : letter}${text.slice(place + cut)}`;
      }, asked);
      // A name without any blank is not looked for (docs/screening.md).
      fc.pre(tokensOf(wrong).length === tokensOf(asked).length);
      const expected = NAMES.flatMap((listed, number) => (score(wrong, listed) >= THRESHOLD ? [number] : []));
      const found = index.find(wrong, THRESHOLD).map(({ entry }) => entry);
      expect(found.sort((a, b) => a - b)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('a name as long as somebody likes takes no longer than a name', () => {
  const long = 'Ab '.repeat(100_000);
  const begunMs = performance.now();
  for (let turn = 0; turn < 100; turn++) score(long, 'Ivan Petrov');
  expect(performance.now() - begunMs).toBeLessThan(1_000);
});
