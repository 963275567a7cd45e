import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { checkOptionalText, checkText, firstFault } from '../../../platform/inputs.ts';
import { ERASED_NAME, type PersonalData, type SealedFields } from './personalData.ts';

export type CustomerType = 'INDIVIDUAL' | 'BUSINESS';

/** Names and e-mail as they are given; a person has the first two names, a business the third. */
export interface Profile {
  readonly type: CustomerType;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly legalName: string | null;
  readonly email: string | null;
}

/** What an update gives; a field that is undefined stays as it is. */
export type ProfileChange = {
  readonly [Field in Exclude<keyof Profile, 'type'>]?: Profile[Field] | undefined;
};

/** A Customer as it is stored: what is known of it is in `sealed`, under the key that only the vault unwraps. */
export interface Customer extends Profile {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Base 64. Null for one that was erased, and for one from before names were sealed. */
  readonly wrappedKey: string | null;
  readonly sealed: SealedFields;
  readonly erasedAt: Date | null;
  /** Grows by one with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const NAME_LENGTH_MAX = 200;
export const EMAIL_LENGTH_MAX = 320;
export const EXTERNAL_ID_LENGTH_MAX = 255;

/** Which names each type has; those in clear are bound by `customer_named` too. */
const NAMES = {
  INDIVIDUAL: { required: ['firstName', 'lastName'], absent: ['legalName'] },
  BUSINESS: { required: ['legalName'], absent: ['firstName', 'lastName'] },
} as const;

/** Deliberately lax, as only a delivered message proves an address. Linear in its length. */
const EMAIL_PATTERN = /^[^\s@]+@[^\s@]+$/;

/** Of a Customer whose data is there; ERASED_NAME of one that has none any more. */
export function displayName({ firstName, lastName, legalName }: Partial<PersonalData>): string {
  if (legalName !== undefined) return legalName;
  return firstName === undefined && lastName === undefined ? ERASED_NAME : `${firstName} ${lastName}`;
}

/** The first rule that a new Customer breaks, or null. */
export function checkProfile(profile: Profile): FailureView | null {
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
