import type { ScreeningResult } from '../../../rails/screening/provider.ts';
import { type Screener, screenOrHold } from '../../../rails/screening/screenOrHold.ts';
import type { Services } from '../context.ts';
import {
  NAME_FIELDS,
  type NameVerdict,
  namesOf,
  type ScreenedNames,
  untouchedNames,
} from '../domain/customerScreening.ts';
import type { PersonalChange, PersonalData } from '../domain/personalData.ts';
import type { CustomerRow } from '../store/rows.ts';

/** What is kept of an answer: which entries, and never a name. */
export function verdictOf({ outcome, listVersion, matches }: ScreeningResult): NameVerdict {
  return {
    outcome,
    listVersion,
    matches: matches.map(({ list, entry, scorePercent }) => ({ list, entry, scorePercent })),
  };
}

/** What screening says of somebody new. May call outside, and so stands before the lane. Never throws; safe to retry. */
export async function screenNames(screener: Screener, data: Partial<PersonalData>): Promise<NameVerdict> {
  return verdictOf(await screenOrHold(screener, { names: namesOf(data) }));
}

/**
 * What screening says of a Customer as a change makes it, or undefined where no name is touched. Calls the vault and may call
 * outside, and so stands before the lane. Safe to retry. @throws {KeyVaultError}
 */
export async function screenChanged(
  { vault, screener }: Pick<Services, 'vault' | 'screener'>,
  customer: CustomerRow,
  change: PersonalChange,
): Promise<ScreenedNames | undefined> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const touched = Object.fromEntries(given);
  if (!NAME_FIELDS.some((field) => Object.hasOwn(touched, field))) return undefined;
  const before = await vault.open(customer);
  const after = Object.fromEntries(
    Object.entries({ ...before, ...touched }).filter(([, value]) => value !== null),
  );
  return {
    verdict: await screenNames(screener, after),
    basedOn: untouchedNames(customer.sealed, touched),
    isRenamed: JSON.stringify(namesOf(before)) !== JSON.stringify(namesOf(after)),
  };
}
