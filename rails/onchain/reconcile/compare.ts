import type { Uuid } from '../../../platform/id.ts';
import type { BookedHolding } from './readBooks.ts';

/** What an organization has on a chain by the chain's own word, all its addresses together. */
export interface ActualHolding {
  readonly organizationId: Uuid;
  readonly asset: string;
  readonly actualMinor: bigint;
}

/** One holding as both sides see it. */
export interface Comparison {
  readonly organizationId: Uuid;
  readonly asset: string;
  readonly expectedMinor: bigint;
  readonly actualMinor: bigint;
}

/** Joins both sides; who is missing on one has nothing there. In order of organization and asset. */
export function compareHoldings(
  booked: readonly BookedHolding[],
  actual: readonly ActualHolding[],
): readonly Comparison[] {
  const comparisons = new Map<string, Comparison>();
  for (const { organizationId, asset, expectedMinor } of booked) {
    comparisons.set(`${organizationId} ${asset}`, { organizationId, asset, expectedMinor, actualMinor: 0n });
  }
  for (const { organizationId, asset, actualMinor } of actual) {
    const key = `${organizationId} ${asset}`;
    const expectedMinor = comparisons.get(key)?.expectedMinor ?? 0n;
    comparisons.set(key, { organizationId, asset, expectedMinor, actualMinor });
  }
  return [...comparisons.values()]
    .filter(({ expectedMinor, actualMinor }) => expectedMinor !== 0n || actualMinor !== 0n)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

export function isEqual({ expectedMinor, actualMinor }: Comparison): boolean {
  return expectedMinor === actualMinor;
}

function keyOf({ organizationId, asset }: Comparison): string {
  return `${organizationId} ${asset}`;
}
