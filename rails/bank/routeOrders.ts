import type { Uuid } from '../../platform/id.ts';
import type { BankRailName } from '../port.ts';
import type { FileBank } from './files/fileBank.ts';
import type { BankEntry } from './files/readBanks.ts';
import { SIMULATOR } from './simulator/client.ts';

/** Names the adapter that takes orders of an organization on a rail; null where none does. */
export type RouteOrders = (rail: BankRailName, organizationId: Uuid) => string | null;

type Taker = Pick<FileBank, 'code' | 'rails' | 'organizations'>;

/**
 * The first bank of the operator's list that takes the rail and the organization. The simulated bank takes what is left
 * where the list does not say what it takes. Pure.
 *
 * @param hasSimulator whether a simulated bank is connected
 */
export function createRoute(entries: readonly BankEntry[], hasSimulator: boolean): RouteOrders {
  const takers = entries
    .filter(({ kind }) => kind === 'files' || hasSimulator)
    .map((entry): Taker => (entry.kind === 'files' ? entry.bank : { ...entry, code: SIMULATOR }));
  const takesRest = hasSimulator && !entries.some(({ kind }) => kind === 'simulator');
  return (rail, organizationId) => {
    const found = takers.find(
      ({ rails, organizations }) => rails.includes(rail) && (organizations?.includes(organizationId) ?? true),
    );
    return found?.code ?? (takesRest ? SIMULATOR : null);
  };
}
