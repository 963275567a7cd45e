import { present } from '../../platform/invariant.ts';

/** What one way through a network of counters costs and how much may go through it at once. Amounts are minor units. */
export interface CashTerms {
  readonly amountMinorMin: bigint;
  readonly amountMinorMax: bigint;
  readonly feeFlatMinor: bigint;
  readonly feePartsPerMillion: bigint;
}

/** A network of counters where cash is paid in or picked up. */
export interface CashNetwork {
  readonly code: string;
  readonly name: string;
  /** ISO 3166-1, two letters. */
  readonly country: string;
  readonly asset: string;
  /** Null where nobody can pay in. */
  readonly cashIn: CashTerms | null;
  /** Null where nothing is paid out. */
  readonly pickup: (CashTerms & { readonly waitsDays: number }) | null;
}

/** How long a code can be paid by, in seconds. */
export const CODE_SECONDS = 3_600;
/** How often a cash-in gets another code. */
export const REFRESHES_MAX = 5;

/**
 * The networks that there are: those of the simulated provider. Data, so that code never asks for a network's name. The
 * limits are those of `rails/bank/catalog/rails/cash.ts`.
 */
export const CASH_NETWORKS: readonly CashNetwork[] = [
  {
    code: 'COUNTERS_US',
    name: 'Counters of shops in the United States',
    country: 'US',
    asset: 'USD',
    cashIn: terms(2_000n, 50_000n, 100n, 5_000n),
    pickup: { ...terms(2_000n, 100_000n, 300n, 0n), waitsDays: 30 },
  },
  {
    code: 'COUNTERS_MX',
    name: 'Counters of shops in Mexico',
    country: 'MX',
    asset: 'MXN',
    cashIn: terms(10_000n, 1_000_000n, 1_200n, 0n),
    pickup: { ...terms(10_000n, 1_500_000n, 2_500n, 0n), waitsDays: 30 },
  },
  {
    code: 'MACHINES_US',
    name: 'Cash machines in the United States',
    country: 'US',
    asset: 'USD',
    cashIn: null,
    pickup: { ...terms(2_000n, 40_000n, 250n, 0n), waitsDays: 3 },
  },
];

function terms(
  amountMinorMin: bigint,
  amountMinorMax: bigint,
  feeFlatMinor: bigint,
  feePartsPerMillion: bigint,
): CashTerms {
  return { amountMinorMin, amountMinorMax, feeFlatMinor, feePartsPerMillion };
}

export function findCashNetwork(code: string): CashNetwork | null {
  return CASH_NETWORKS.find((network) => network.code === code) ?? null;
}

const MILLION = 1_000_000n;

/** The fee for an amount, in minor units; a share is rounded up to a whole one. */
export function feeOf({ feeFlatMinor, feePartsPerMillion }: CashTerms, amountMinor: bigint): bigint {
  return feeFlatMinor + (amountMinor * feePartsPerMillion + MILLION - 1n) / MILLION;
}

const DAY_MS = 86_400_000;

/** Until when a pickup that a network is told of at `now` waits there. @throws for a network without pickups */
export function pickupEnd(network: string, now: Date): Date {
  const { waitsDays } = present(findCashNetwork(network)?.pickup ?? undefined, `pickups of ${network}`);
  return new Date(now.getTime() + waitsDays * DAY_MS);
}
