import { readFileSync } from 'node:fs';
import { type RateTable, readPrices } from './fixedRates.ts';

const FILE_BYTES_MAX = 1_000_000;

/**
 * Reads `{ "provider": "desk", "asOf": "2026-01-31T12:00:00Z", "prices": { "USD": "1", "EUR": "1.08" } }`; `asOf` may be
 * left out. Read once, at the start.
 *
 * @throws {Error} that says what of the file is not so
 */
export function readRateFile(path: string): RateTable {
  const text = readFileSync(path, 'utf8');
  if (text.length > FILE_BYTES_MAX)
    throw new Error(`${path} has ${text.length} characters: at most ${FILE_BYTES_MAX}`);
  const content: unknown = JSON.parse(text);
  if (typeof content !== 'object' || content === null) throw new Error(`${path}: expected an object`);
  const { provider, asOf, prices } = content as Readonly<Record<string, unknown>>;
  if (typeof provider !== 'string' || provider === '') throw new Error(`${path}: provider is missing`);
  if (typeof prices !== 'object' || prices === null) throw new Error(`${path}: prices is missing`);
  const seen = asOf === undefined ? null : new Date(String(asOf));
  if (seen !== null && Number.isNaN(seen.getTime())) throw new Error(`${path}: asOf is not an instant`);
  return { provider, asOf: seen, pricesE18: readPrices(prices as Readonly<Record<string, unknown>>) };
}
