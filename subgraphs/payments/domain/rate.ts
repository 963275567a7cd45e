import type { AssetScale } from '../../../platform/money.ts';

/** Decimals of a rate. Enough for one yen in bitcoins with ten digits to spare. */
export const RATE_SCALE = 18;
export const RATE_ONE = 10n ** 18n;
/** Twenty digits before the point; with its decimals it fits numeric(38, 0). */
export const RATE_E18_MAX = 10n ** 38n - 1n;

/** What one unit of an Asset is worth in another, by whom and when. */
export interface Rate {
  /** Units of the destination Asset for one unit of the source Asset, times 10^18. Greater than zero. */
  readonly e18: bigint;
  readonly provider: string;
  /** When the provider saw it. */
  readonly asOf: Date;
}

/** Why there is no rate; one sentence that a client may read. */
export interface NoRate {
  readonly fault: string;
}

/** Minor units of `to` for `amountMinor` of `from`, rounded down: what is less than one minor unit is not paid out. */
export function convert(amountMinor: bigint, e18: bigint, from: AssetScale, to: AssetScale): bigint {
  return (amountMinor * e18 * tenTo(to.scale)) / (tenTo(from.scale) * RATE_ONE);
}

/** The least minor units of `from` that convert to at least `wantedMinor` of `to`. */
export function convertBack(wantedMinor: bigint, e18: bigint, from: AssetScale, to: AssetScale): bigint {
  const divisor = e18 * tenTo(to.scale);
  return (wantedMinor * tenTo(from.scale) * RATE_ONE + divisor - 1n) / divisor;
}

/**
 * What a conversion leaves, exactly, in units of the destination Asset: `source x rate - destination`. Never negative.
 * It has as many decimals as the source Asset and a rate have together.
 */
export function remainderOf(
  sourceMinor: bigint,
  e18: bigint,
  destinationMinor: bigint,
  from: AssetScale,
  to: AssetScale,
): string {
  const scale = from.scale + RATE_SCALE;
  const rest = sourceMinor * e18 - destinationMinor * tenTo(scale - to.scale);
  return trimmed(decimalOf(rest, scale));
}

/** What was got for what was given, fees and all; rounded down to the decimals of a rate. */
export function effectiveE18(
  sourceMinor: bigint,
  destinationMinor: bigint,
  from: AssetScale,
  to: AssetScale,
): bigint {
  return (destinationMinor * tenTo(from.scale) * RATE_ONE) / (sourceMinor * tenTo(to.scale));
}

/** `1.0832` for the integer that a rate is kept as. */
export function formatRate(e18: bigint): string {
  return trimmed(decimalOf(e18, RATE_SCALE));
}

/** A positive decimal with at most `RATE_SCALE` decimals as the integer it is kept as; null for anything else. */
export function parseRate(text: string): bigint | null {
  const match = /^(0|[1-9]\d{0,19})(?:\.(\d{1,18}))?$/.exec(text);
  if (!match) return null;
  const e18 = BigInt(`${match[1]}${(match[2] ?? '').padEnd(RATE_SCALE, '0')}`);
  return e18 > 0n && e18 <= RATE_E18_MAX ? e18 : null;
}

export function tenTo(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function decimalOf(value: bigint, scale: number): string {
  const digits = value.toString().padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A decimal with a point, without the zeros at its end that say nothing. */
export function trimmed(text: string): string {
  let end = text.length;
  while (text[end - 1] === '0') end -= 1;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}
