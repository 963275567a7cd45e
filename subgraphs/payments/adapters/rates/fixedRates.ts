import { parseRate, RATE_ONE } from '../../domain/rate.ts';
import type { RateProvider } from '../../domain/rateProvider.ts';

/** Prices of Assets in one common unit, from which every pair follows. */
export interface RateTable {
  /** Shown to clients as `rate.provider`. */
  readonly provider: string;
  /** When the prices were seen; the moment of asking where this is null. */
  readonly asOf: Date | null;
  /** By code of the Asset, times 10^18 as rates are. */
  readonly pricesE18: ReadonlyMap<string, bigint>;
}

/** Play prices of the sandbox, in US dollars. Nobody earns or loses by them. */
export const SANDBOX_PRICES: Readonly<Record<string, string>> = {
  USD: '1',
  EUR: '1.08',
  GBP: '1.27',
  MXN: '0.05',
  BRL: '0.18',
  INR: '0.012',
  JPY: '0.0064',
  USDC: '1',
  USDT: '1',
  POL: '0.5',
  ETH: '3000',
  BTC: '60000',
};

export function sandboxTable(): RateTable {
  return { provider: 'sandbox', asOf: null, pricesE18: readPrices(SANDBOX_PRICES) };
}

/** @throws {Error} that names the price which is none */
export function readPrices(prices: Readonly<Record<string, unknown>>): ReadonlyMap<string, bigint> {
  return new Map(
    Object.entries(prices).map(([code, price]) => {
      const e18 = typeof price === 'string' ? parseRate(price) : null;
      if (e18 === null) {
        throw new Error(
          `the price of ${code.slice(0, 20)} is ${JSON.stringify(price)}: expected decimal text`,
        );
      }
      return [code, e18] as const;
    }),
  );
}

/** Rates by a table: each pair is one price divided by the other, rounded down to the decimals of a rate. */
export function createFixedRates({ provider, asOf, pricesE18 }: RateTable): RateProvider {
  return {
    async rateOf(from, to) {
      const [given, got] = [pricesE18.get(from), pricesE18.get(to)];
      if (given === undefined || got === undefined) {
        return { fault: `the rate table has no price of ${given === undefined ? from : to}` };
      }
      const e18 = (given * RATE_ONE) / got;
      if (e18 === 0n) return { fault: `${from} is worth too little in ${to} to be converted` };
      return { e18, provider, asOf: asOf ?? new Date() };
    },
  };
}

/** Where nobody said what anything is worth. */
export const NO_RATES: RateProvider = {
  rateOf: async () => ({ fault: 'no source of exchange rates is configured' }),
};
