import { invariant } from './invariant.ts';

/** Code and scale of an Asset: `USD/2` counts cents, `USDC/6` millionths. The scale never changes. */
export interface AssetScale {
  readonly code: string;
  /** Decimal places of one unit, 0 to 18. */
  readonly scale: number;
}

/** Largest amount in minor units: 38 digits, the width of our `numeric(38,0)` columns. */
export const AMOUNT_MINOR_MAX = 10n ** 38n - 1n;

const DECIMAL_PATTERN = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;
const DECIMAL_LENGTH_MAX = 64;

export type AmountFault = 'NOT_A_DECIMAL' | 'TOO_MANY_DECIMALS' | 'ZERO' | 'TOO_LARGE';

export type ParsedAmount =
  | { readonly amountMinor: bigint }
  | { readonly fault: AmountFault; readonly expected: string };

/**
 * Reads a decimal string as minor units, exactly. Signs, exponents, blanks, leading zeros and zero itself are
 * faults, so `1e3`, `+1`, ` 1`, `01` and `0x10` never become money.
 *
 * @param text what the client sent, in major units
 */
export function parseAmount(text: string, asset: AssetScale): ParsedAmount {
  const match = text.length <= DECIMAL_LENGTH_MAX ? DECIMAL_PATTERN.exec(text) : null;
  if (!match)
    return { fault: 'NOT_A_DECIMAL', expected: 'digits with an optional decimal point, such as 12.50' };
  const fraction = match[2] ?? '';
  if (fraction.length > asset.scale) {
    return { fault: 'TOO_MANY_DECIMALS', expected: `at most ${asset.scale} decimals for ${asset.code}` };
  }
  const amountMinor = BigInt(`${match[1]}${fraction.padEnd(asset.scale, '0')}`);
  if (amountMinor === 0n) return { fault: 'ZERO', expected: 'an amount greater than zero' };
  if (amountMinor > AMOUNT_MINOR_MAX)
    return { fault: 'TOO_LARGE', expected: 'an amount of at most 38 digits' };
  return { amountMinor };
}

/** Minor units as a decimal string with all decimals of the Asset: `1250n` in USD is `12.50`. */
export function formatAmount(amountMinor: bigint, asset: AssetScale): string {
  invariant(asset.scale >= 0 && asset.scale <= 18, `scale of ${asset.code} is ${asset.scale}`);
  const sign = amountMinor < 0n ? '-' : '';
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(asset.scale + 1, '0');
  if (asset.scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -asset.scale)}.${digits.slice(-asset.scale)}`;
}
