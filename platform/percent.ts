export const PERCENT_EXPECTED = 'a percentage from 0.0001 to 50 with at most four decimals';
const PERCENT_PATTERN = /^(0|[1-9][0-9]?)(?:\.([0-9]{1,4}))?$/;
const PARTS_MAX = 500_000n;

/** A percentage in parts per million; null for what is none, zero included. */
export function readPercent(text: string): bigint | null {
  const match = PERCENT_PATTERN.exec(text);
  if (!match) return null;
  const parts = BigInt(`${match[1]}${(match[2] ?? '').padEnd(4, '0')}`);
  return parts > 0n && parts <= PARTS_MAX ? parts : null;
}

/** `0.5` for 5,000 parts per million; null for none. */
export function formatPercent(partsPerMillion: bigint): string | null {
  if (partsPerMillion === 0n) return null;
  const digits = partsPerMillion.toString().padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0{1,4}$/, '');
}
