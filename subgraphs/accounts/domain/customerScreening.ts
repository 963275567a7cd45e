import type { Uuid } from '../../../platform/id.ts';
import { UNAVAILABLE } from '../../../rails/screening/screenOrHold.ts';
import type { PersonalData, PersonalField, SealedFields } from './personalData.ts';

/** OPEN holds until it is decided; REFUSED until somebody releases it. */
export type CustomerScreeningStatus = 'CLEAR' | 'OPEN' | 'RELEASED' | 'REFUSED';
export type ScreeningDecision = 'RELEASE' | 'REFUSE';

/** An entry that a Customer, or who owns it, resembles: neither's name is kept. */
export interface NameMatch {
  readonly list: string;
  readonly entry: string;
  readonly scorePercent: number;
}

/** What screening said of names. */
export interface NameVerdict {
  readonly outcome: 'CLEAR' | 'REVIEW';
  readonly listVersion: string;
  readonly matches: readonly NameMatch[];
}

/** A verdict on its way to the lane, and what it rests on. */
export interface ScreenedNames {
  readonly verdict: NameVerdict;
  /** Sealed names that were looked at and that the same command does not change: it says nothing of others. */
  readonly basedOn: SealedFields;
  /** Whether they are other names than before. */
  readonly isRenamed: boolean;
}

/** How screening stands with a Customer: the latest verdict and what was decided. */
export interface CustomerScreening {
  readonly customerId: Uuid;
  readonly organizationId: Uuid;
  readonly status: CustomerScreeningStatus;
  readonly listVersion: string;
  readonly matches: readonly NameMatch[];
  readonly decidedBy: string | null;
  readonly note: string | null;
  readonly decidedAt: Date | null;
}

export const NAME_FIELDS = [
  'firstName',
  'lastName',
  'legalName',
  'beneficialOwners',
] as const satisfies readonly PersonalField[];

/** From which statuses what may be decided, and what it becomes. */
export const SCREENING_DECISIONS: Readonly<
  Record<
    ScreeningDecision,
    { readonly from: readonly CustomerScreeningStatus[]; readonly to: CustomerScreeningStatus }
  >
> = {
  RELEASE: { from: ['OPEN', 'REFUSED'], to: 'RELEASED' },
  REFUSE: { from: ['OPEN', 'RELEASED'], to: 'REFUSED' },
};

const UNSAID: NameVerdict = { outcome: 'REVIEW', listVersion: UNAVAILABLE, matches: [] };
const UNDECIDED = { decidedBy: null, note: null, decidedAt: null };

/** Whom screening looks at: the person; or the business and the people behind it. */
export function namesOf(data: Partial<PersonalData>): readonly string[] {
  const { firstName, lastName, legalName, beneficialOwners = [] } = data;
  const person = [firstName, lastName].filter((name) => name !== undefined).join(' ');
  return [
    person,
    legalName ?? '',
    ...beneficialOwners.map((one) => `${one.firstName} ${one.lastName}`),
  ].filter((name) => name.trim() !== '');
}

/** The names of those sealed fields that a change does not touch. */
export function untouchedNames(sealed: SealedFields, touched: object): SealedFields {
  return Object.fromEntries(
    NAME_FIELDS.filter((field) => !Object.hasOwn(touched, field)).map((field) => [field, sealed[field]]),
  );
}

/** A Customer of whom nothing was said holds like one who resembles somebody. */
export function unscreened(customer: {
  readonly id: Uuid;
  readonly organizationId: Uuid;
}): CustomerScreening {
  const { id: customerId, organizationId } = customer;
  const { listVersion, matches } = UNSAID;
  return { customerId, organizationId, status: 'OPEN', listVersion, matches, ...UNDECIDED };
}

/** Whether a verdict was given about the names that the Customer has. */
export function isAbout(screened: ScreenedNames, sealed: SealedFields): boolean {
  return Object.entries(screened.basedOn).every(([field, text]) => sealed[field as PersonalField] === text);
}

/**
 * How it stands after the names were looked at; without a verdict, when they changed and nobody has. A release holds for the
 * same names and no other entries; a refusal until somebody releases it, whatever the Customer is called by then.
 */
export function afterVerdict(
  before: CustomerScreening,
  verdict: NameVerdict = UNSAID,
  isRenamed = true,
): CustomerScreening {
  const { listVersion, matches } = verdict;
  // What was said of the same names stands while nobody can say more.
  if (listVersion === UNAVAILABLE && !isRenamed) return before;
  const said = { ...before, listVersion, matches };
  if (before.status === 'REFUSED') return said;
  if (verdict.outcome === 'CLEAR') return { ...said, ...UNDECIDED, status: 'CLEAR' };
  const isReleased = before.status === 'RELEASED' && !isRenamed && isWithin(matches, before.matches);
  return isReleased ? said : { ...said, ...UNDECIDED, status: 'OPEN' };
}

/** A score that changed is an entry that changed. */
function isWithin(matches: readonly NameMatch[], known: readonly NameMatch[]): boolean {
  const keyOf = ({ list, entry, scorePercent }: NameMatch): string =>
    JSON.stringify([list, entry, scorePercent]);
  const keys = new Set(known.map(keyOf));
  return matches.every((match) => keys.has(keyOf(match)));
}
