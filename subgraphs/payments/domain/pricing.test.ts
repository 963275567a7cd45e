import fc from 'fast-check';
import { newUuid } from '../../../platform/id.ts';
import { AMOUNT_MINOR_MAX } from '../../../platform/money.ts';
import { chargeOn, type FeeTerm, grossFor, type Price, price, type Wanted } from './pricing.ts';
import { convert, convertBack, formatRate, parseRate, RATE_ONE, remainderOf, tenTo } from './rate.ts';

const RUNS = { numRuns: 2_000 };
const asset = (code: string, scale: number) => ({ code, scale });
const scale = fc.integer({ min: 0, max: 18 });
const amount = fc.bigInt({ min: 1n, max: 10n ** 24n });
/** From very small to very large, as of tokens in yen. */
const rateE18 = fc.bigInt({ min: 10n ** 6n, max: 10n ** 28n });

const term = (side: FeeTerm['side']) =>
  fc.record({
    kind: fc.constantFrom('PLATFORM', 'DEVELOPER', 'GAS'),
    side: fc.constant(side),
    flatMinor: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 10n ** 9n })),
    partsPerMillion: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 75_000n })),
    accountId: fc.constant(newUuid()),
  }) as fc.Arbitrary<FeeTerm>;
const terms = fc
  .tuple(fc.array(term('SOURCE'), { maxLength: 12 }), fc.array(term('DESTINATION'), { maxLength: 12 }))
  .map(([source, destination]) => [...source, ...destination]);

const wanted: fc.Arbitrary<Wanted> = fc
  .record({
    fixedSide: fc.constantFrom('SOURCE', 'DESTINATION') as fc.Arbitrary<Wanted['fixedSide']>,
    amountMinor: amount,
    terms,
    fromScale: scale,
    toScale: scale,
    rate: fc.option(rateE18),
  })
  .map(({ fromScale, toScale, rate, ...rest }) => ({
    ...rest,
    from: asset('AAA', fromScale),
    // What counts the same Asset has the same scale.
    to: rate === null ? asset('AAA', fromScale) : asset('BBB', toScale),
    rateE18: rate,
  }));

function feesOn(priced: Price, side: FeeTerm['side']): bigint {
  return priced.fees
    .filter((fee) => fee.side === side)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

test('gross less fees is net on both sides, and the rate lies between them with a remainder less than its bound', () => {
  let priced = 0;
  fc.assert(
    fc.property(wanted, (asked) => {
      const result = price(asked);
      if (typeof result === 'string') return;
      priced += 1;
      const { source, destination } = result;
      expect(source.grossMinor - feesOn(result, 'SOURCE')).toBe(source.netMinor);
      expect(destination.grossMinor - feesOn(result, 'DESTINATION')).toBe(destination.netMinor);
      expect(result.fees).toHaveLength(asked.terms.length);
      const fixed = asked.fixedSide === 'SOURCE' ? source.grossMinor : destination.netMinor;
      expect(fixed).toBe(asked.amountMinor);
      if (asked.rateE18 === null) {
        expect(destination.grossMinor).toBe(source.netMinor);
        return;
      }
      // source.net x rate - destination.gross, over the common denominator.
      const remainder =
        source.netMinor * asked.rateE18 * tenTo(asked.to.scale) -
        destination.grossMinor * tenTo(asked.from.scale) * RATE_ONE;
      expect(remainder).toBeGreaterThanOrEqual(0n);
      const bound =
        asked.fixedSide === 'SOURCE'
          ? tenTo(asked.from.scale) * RATE_ONE
          : asked.rateE18 * tenTo(asked.to.scale);
      expect(remainder).toBeLessThan(bound);
    }),
    RUNS,
  );
  expect(priced).toBeGreaterThan(RUNS.numRuns / 4);
});

test('a gross amount that leaves exactly what is wanted exists for every amount, and none below it does', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 5_000n }),
      fc.array(term('SOURCE'), { maxLength: 12 }),
      (net, charged) => {
        const small = charged.map((one) => ({ ...one, flatMinor: one.flatMinor % 50n }));
        const gross = grossFor(net, small);
        expect(chargeOn(gross, small).netMinor).toBe(net);
        let least = net;
        while (chargeOn(least, small).netMinor < net) least += 1n;
        expect(gross).toBe(least);
      },
    ),
    { numRuns: 300 },
  );
});

test('shares are rounded down, in favour of who pays', () => {
  const charged = { kind: 'DEVELOPER', side: 'SOURCE', flatMinor: 0n, accountId: newUuid() } as const;
  const half = { ...charged, partsPerMillion: 5_000n };
  expect(chargeOn(199n, [half])).toMatchObject({ netMinor: 199n, fees: [{ amountMinor: 0n }] });
  expect(chargeOn(200n, [half])).toMatchObject({ netMinor: 199n, fees: [{ amountMinor: 1n }] });
});

test('what fees eat, what is less than a minor unit, and what does not fit have no price', () => {
  const [usd, jpy] = [asset('USD', 2), asset('JPY', 0)];
  const base = { fixedSide: 'SOURCE', amountMinor: 100n, terms: [], from: usd, to: jpy } as const;
  const flat = { kind: 'PLATFORM', side: 'SOURCE', partsPerMillion: 0n, accountId: newUuid() } as const;
  expect(price({ ...base, rateE18: RATE_ONE, terms: [{ ...flat, flatMinor: 100n }] })).toBe(
    'FEES_EXCEED_AMOUNT',
  );
  expect(price({ ...base, rateE18: RATE_ONE / 2n })).toBe('TOO_SMALL');
  expect(price({ ...base, amountMinor: AMOUNT_MINOR_MAX, rateE18: RATE_ONE * 1_000n })).toBe('TOO_LARGE');
  const back = { ...base, fixedSide: 'DESTINATION', amountMinor: AMOUNT_MINOR_MAX } as const;
  expect(price({ ...back, rateE18: RATE_ONE })).toBe('TOO_LARGE');
});

test('converting there is rounded down, and back gives the least that is enough', () => {
  fc.assert(
    fc.property(amount, rateE18, scale, scale, (wantedMinor, e18, fromScale, toScale) => {
      const [from, to] = [asset('AAA', fromScale), asset('BBB', toScale)];
      const needed = convertBack(wantedMinor, e18, from, to);
      expect(convert(needed, e18, from, to)).toBeGreaterThanOrEqual(wantedMinor);
      expect(convert(needed - 1n, e18, from, to)).toBeLessThan(wantedMinor);
    }),
    RUNS,
  );
});

test('a remainder is told to its last digit', () => {
  const [usd, eur] = [asset('USD', 2), asset('EUR', 2)];
  const e18 = parseRate('0.925925925925925925') as bigint;
  expect(remainderOf(98_00n, e18, 90_74n, usd, eur)).toBe('0.00074074074074065');
  expect(remainderOf(1_00n, RATE_ONE, 1_00n, usd, eur)).toBe('0');
});

test.each([
  '',
  '0',
  '0.0',
  '-1',
  '+1',
  '1e3',
  '0x10',
  ' 1',
  '01',
  '1.',
  '.5',
  '1.0000000000000000001',
  'NaN',
  '１',
  '100000000000000000000',
])('rate %p is none', (text) => {
  expect(parseRate(text)).toBeNull();
});

test('a rate is written as it was read, without zeros that say nothing', () => {
  for (const [text, shown] of [
    ['1', '1'],
    ['1.0832', '1.0832'],
    ['0.50', '0.5'],
    ['60000.10', '60000.1'],
  ]) {
    expect(formatRate(parseRate(text as string) as bigint)).toBe(shown);
  }
});
