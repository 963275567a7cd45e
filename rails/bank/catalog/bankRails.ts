import { present } from '../../../platform/invariant.ts';
import type { BankRailName } from '../../port.ts';
import { ENTRIES } from './catalog.ts';

/** The Asset that each rail between banks carries: one, which an operator's file does not change. */
const ASSETS: ReadonlyMap<string, string> = new Map(
  ENTRIES.flatMap(({ rail, asset }) => (rail === 'CASH' ? [] : [[rail, asset] as const])),
);

export function isBankRail(name: string): name is BankRailName {
  return ASSETS.has(name);
}

/** Code of the Asset that a rail carries. */
export function assetOfRail(rail: BankRailName): string {
  return present(ASSETS.get(rail), `the asset of ${rail}`);
}
