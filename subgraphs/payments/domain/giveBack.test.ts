import fc from 'fast-check';
import type { CatalogueAsset } from '../../../ledger/assets.ts';
import { newUuid } from '../../../platform/id.ts';
import { returnedMinor } from './giveBack.ts';
import { type FeeTerm, price } from './pricing.ts';
import { RATE_ONE } from './rate.ts';

/**
 * Goal: whatever was quoted, what comes back is worth no more than what went out, and all of it where nobody was charged on
 * the way. Method: prices of all scales, rates and fees, and the arithmetic of a return on each.
 */
const asset = (code: string, scale: number): CatalogueAsset => ({ code, scale, name: code, isFiat: true });

const wanted = fc.record({
  fixedSide: fc.constantFrom('SOURCE' as const, 'DESTINATION' as const),
  amountMinor: fc.bigInt({ min: 1n, max: 10n ** 20n }),
  fromScale: fc.constantFrom(0, 2, 6, 18),
  toScale: fc.constantFrom(0, 2, 6, 18),
  rateE18: fc.bigInt({ min: 10n ** 12n, max: 10n ** 24n }),
  sourcePpm: fc.bigInt({ min: 0n, max: 400_000n }),
  destinationPpm: fc.bigInt({ min: 0n, max: 400_000n }),
});

const term = (side: FeeTerm['side'], partsPerMillion: bigint): FeeTerm => ({
  ...{ kind: 'DEVELOPER', side, flatMinor: 0n, partsPerMillion, accountId: newUuid() },
});

test('what comes back is never worth more than what went out, and loses less than a minor unit', () => {
  fc.assert(
    fc.property(wanted, ({ fromScale, toScale, sourcePpm, destinationPpm, rateE18, ...rest }) => {
      const terms = [term('SOURCE', sourcePpm), term('DESTINATION', destinationPpm)];
      const [from, to] = [asset('AAA', fromScale), asset('BBB', toScale)];
      const priced = price({ ...rest, terms, from, to, rateE18 });
      if (typeof priced === 'string') return;
      const [sourceNetMinor, gross, net] = [
        priced.source.netMinor,
        priced.destination.grossMinor,
        priced.destination.netMinor,
      ];
      const quote = { rateE18, sourceNetMinor, destinationGrossMinor: gross, destinationNetMinor: net };
      const back = returnedMinor(quote);
      expect(back).toBeLessThanOrEqual(sourceNetMinor);
      // back / net <= sourceNet / gross < (back + 1) / net: the rate of then, rounded down once.
      expect(back * gross).toBeLessThanOrEqual(sourceNetMinor * net);
      expect((back + 1n) * gross).toBeGreaterThan(sourceNetMinor * net);
      if (net === gross) expect(back).toBe(sourceNetMinor);
    }),
    { numRuns: 2_000 },
  );
});

test('in one Asset all that arrived comes back', () => {
  const same = { rateE18: null, sourceNetMinor: 99n, destinationGrossMinor: 99n, destinationNetMinor: 98n };
  expect(returnedMinor(same)).toBe(98n);
  expect(returnedMinor({ ...same, rateE18: RATE_ONE })).toBe(98n);
});
