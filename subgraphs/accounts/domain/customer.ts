import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkOptionalText, checkText, firstFault } from '../../../platform/inputs.ts';

export type CustomerType = 'INDIVIDUAL' | 'BUSINESS';

/** What a Customer says about itself; a person has the first two names, a business the third. */
export interface Profile {
  readonly type: CustomerType;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly legalName: string | null;
  readonly email: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What an update gives; a field that is undefined stays as it is. */
export type ProfileChange = {
  readonly [Field in Exclude<keyof Profile, 'type'>]?: Profile[Field] | undefined;
};

export const NAME_LENGTH_MAX = 200;
export const EMAIL_LENGTH_MAX = 320;
export const EXTERNAL_ID_LENGTH_MAX = 255;

/** Which names each type has; migrations/0004-accounts.sql says the same as `customer_named`. */
const NAMES = {
  INDIVIDUAL: { required: ['firstName', 'lastName'], absent: ['legalName'] },
  BUSINESS: { required: ['legalName'], absent: ['firstName', 'lastName'] },
} as const;

/** Deliberately lax, as only a delivered message proves an address. Linear in its length. */
const EMAIL_PATTERN = /^[^\s@]+@[^\s@]+$/;

export function displayName(profile: Pick<Profile, 'firstName' | 'lastName' | 'legalName'>): string {
  return profile.legalName ?? `${profile.firstName} ${profile.lastName}`;
}

/** The first rule that a new Customer breaks, or null. */
export function checkProfile(profile: Omit<Profile, 'metadata'>): FailureView | null {
  const { required, absent } = NAMES[profile.type];
  return firstFault(
    ...required.map((name) => checkText(name, profile[name] ?? '', 1, NAME_LENGTH_MAX)),
    ...absent.map((name) => checkAbsent(name, profile[name], profile.type)),
    checkEmail(profile.email),
  );
}

/** The first rule that a change of a Customer of `type` breaks, or null. A name can be changed, not removed. */
export function checkChange(type: CustomerType, change: ProfileChange): FailureView | null {
  const { required, absent } = NAMES[type];
  return firstFault(
    ...required.map((name) =>
      change[name] === undefined ? null : checkText(name, change[name] ?? '', 1, NAME_LENGTH_MAX),
    ),
    ...absent.map((name) => checkAbsent(name, change[name], type)),
    checkEmail(change.email),
  );
}

/** The profile after the change. */
export function decideChange(profile: Profile, change: ProfileChange): Profile {
  return {
    type: profile.type,
    firstName: change.firstName === undefined ? profile.firstName : change.firstName,
    lastName: change.lastName === undefined ? profile.lastName : change.lastName,
    legalName: change.legalName === undefined ? profile.legalName : change.legalName,
    email: change.email === undefined ? profile.email : change.email,
    metadata: change.metadata ?? profile.metadata,
  };
}

function checkAbsent(
  field: string,
  value: string | null | undefined,
  type: CustomerType,
): FailureView | null {
  return value === null || value === undefined
    ? null
    : invalidInput(field, value, `nothing, as the customer is of type ${type}`);
}

function checkEmail(email: string | null | undefined): FailureView | null {
  const fault = checkOptionalText('email', email, 3, EMAIL_LENGTH_MAX);
  if (fault || email === null || email === undefined) return fault;
  return EMAIL_PATTERN.test(email)
    ? null
    : invalidInput('email', email, 'an address such as ada@example.com');
}
