import type { BankRailName } from '../port.ts';

/** What has to be known of a rail before money travels on it. Data, so that code never asks for a rail's name. */
export interface RailFacts {
  readonly asset: string;
  /** How long settling takes at the most, in hours. */
  readonly settleHoursMax: number;
  /** For how many days after settlement the rail may send money back; 0 where what is settled stays settled. */
  readonly returnWindowDays: number;
}

const HOURS_A_DAY = 24;

export const RAIL_FACTS: Readonly<Record<BankRailName, RailFacts>> = {
  ACH: { asset: 'USD', settleHoursMax: 4 * HOURS_A_DAY, returnWindowDays: 60 },
  WIRE: { asset: 'USD', settleHoursMax: HOURS_A_DAY, returnWindowDays: 0 },
  SEPA: { asset: 'EUR', settleHoursMax: 3 * HOURS_A_DAY, returnWindowDays: 10 },
  PIX: { asset: 'BRL', settleHoursMax: 1, returnWindowDays: 90 },
  SPEI: { asset: 'MXN', settleHoursMax: 1, returnWindowDays: 0 },
  UPI: { asset: 'INR', settleHoursMax: 1, returnWindowDays: 0 },
  FPS: { asset: 'GBP', settleHoursMax: HOURS_A_DAY, returnWindowDays: 0 },
};

const HOUR_MS = 3_600_000;

/** When an order that is made now is expected to be settled at the latest. */
export function expectedBy(rail: BankRailName, now: Date): Date {
  return new Date(now.getTime() + RAIL_FACTS[rail].settleHoursMax * HOUR_MS);
}

/** Until when money that was settled at `settledAt` may come back; null where it may not. */
export function reversibleUntil(rail: BankRailName, settledAt: Date): Date | null {
  const { returnWindowDays } = RAIL_FACTS[rail];
  return returnWindowDays === 0
    ? null
    : new Date(settledAt.getTime() + returnWindowDays * HOURS_A_DAY * HOUR_MS);
}

export function isBankRail(name: string): name is BankRailName {
  return Object.hasOwn(RAIL_FACTS, name);
}
