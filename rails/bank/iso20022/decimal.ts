import { formatAmount } from '../../../platform/money.ts';

/** Minor digits of currencies that banks move, as ISO 4217 has them; those of the ledger's catalogue. */
export const CURRENCY_SCALES: ReadonlyMap<string, number> = new Map([
  ...(['USD', 'EUR', 'GBP', 'MXN', 'BRL', 'INR'] as const).map((code) => [code, 2] as const),
  ['JPY', 0] as const,
]);

const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?$/;

/**
 * A decimal as an exact number of minor units, or null when it has more decimals than the scale that are not zero.
 *
 * @param text a number that the structure has allowed, so of 18 digits at most
 */
export function minorOf(text: string, scale: number): bigint | null {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(text.trim()) ?? [];
  if (/[^0]/.test(fraction.slice(scale))) return null;
  const minor = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}` || '0');
  return sign === '-' ? -minor : minor;
}

/** Minor units as a decimal with all decimals of the currency. */
export function decimalOf(amountMinor: bigint, currency: string, scale: number): string {
  return formatAmount(amountMinor, { code: currency, scale });
}

/** Sums are of amounts whatever their currency, so they are worked out in the smallest unit that any message can name. */
export const SUM_SCALE = 17;

/** An amount in units of a sum. */
export function sumUnitsOf(amountMinor: bigint, scale: number): bigint {
  return amountMinor * 10n ** BigInt(SUM_SCALE - scale);
}

/** A sum as a decimal without zeros at its end, but with two decimals at least where it has any. */
export function sumText(units: bigint): string {
  const text = formatAmount(units, { code: 'sum', scale: SUM_SCALE });
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}
