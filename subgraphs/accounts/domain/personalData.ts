import type { PostalAddress } from '../../../rails/bank/externalAccounts/details.ts';

/** What is known of a Customer as a person or business: sealed field by field, shown in clear to few. */
export interface PersonalData {
  readonly firstName: string;
  readonly lastName: string;
  readonly legalName: string;
  readonly email: string;
  readonly phone: string;
  /** `YYYY-MM-DD` */
  readonly birthDate: string;
  /** ISO 3166-1 alpha-2, as all countries here. */
  readonly nationality: string;
  readonly ipAddress: string;
  readonly address: PostalAddress;
  readonly identifyingNumbers: readonly IdentifyingNumber[];
  readonly agreement: Agreement;
  readonly business: Business;
  readonly beneficialOwners: readonly BeneficialOwner[];
}

export interface IdentifyingNumber {
  /** Such as `PASSPORT` or `TAX_ID`. */
  readonly type: string;
  readonly issuingCountry: string;
  readonly number: string;
}

export interface Agreement {
  readonly version: string;
  /** RFC 3339 */
  readonly signedAt: string;
}

export interface Business {
  readonly registrationNumber: string;
  readonly incorporationCountry: string;
  readonly incorporationDate: string;
  readonly website: string | null;
}

export interface BeneficialOwner {
  readonly firstName: string;
  readonly lastName: string;
  readonly birthDate: string;
  readonly nationality: string;
  readonly ownershipPercent: number;
}

export type PersonalField = keyof PersonalData;

const FIELDS: Readonly<Record<PersonalField, true>> = {
  firstName: true,
  lastName: true,
  legalName: true,
  email: true,
  phone: true,
  birthDate: true,
  nationality: true,
  ipAddress: true,
  address: true,
  identifyingNumbers: true,
  agreement: true,
  business: true,
  beneficialOwners: true,
};

export function isPersonalField(value: unknown): value is PersonalField {
  return typeof value === 'string' && Object.hasOwn(FIELDS, value);
}

/** Fields that were given; null takes one away. */
export type PersonalChange = { readonly [Field in PersonalField]?: PersonalData[Field] | null | undefined };
/** Sealed text by field. The names of the fields are no secret: requirements are about them. */
export type SealedFields = Readonly<Partial<Record<PersonalField, string>>>;

/** Null takes a field away. */
export type SealedChange = Readonly<Partial<Record<PersonalField, string | null>>>;

export function mergeSealed(sealed: SealedFields, change: SealedChange): SealedFields {
  return Object.fromEntries(Object.entries({ ...sealed, ...change }).filter(([, text]) => text !== null));
}

/** A change of one of these makes earlier checks say nothing about the Customer as it is now. */
export const RE_EVALUATED: ReadonlySet<string> = new Set<PersonalField>([
  'firstName',
  'lastName',
  'legalName',
  'birthDate',
  'nationality',
  'address',
  'identifyingNumbers',
  'ipAddress',
  'business',
  'beneficialOwners',
]);

/** Shown of a customer whose data was erased. */
export const ERASED_NAME = 'Erased customer';
const MASK = '***';
/** What may be seen of what is masked: kinds of documents and countries, which tell an operator what is there. */
const IN_CLEAR: ReadonlySet<string> = new Set([
  'country',
  'issuingCountry',
  'type',
  'incorporationCountry',
  'version',
]);

/** The same with every text reduced to its first letter, and numbers to none. */
export function maskData(data: Partial<PersonalData>): Partial<PersonalData> {
  return maskFields(data) as Partial<PersonalData>;
}

function maskFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, maskValue(name, value)]));
}

function maskValue(name: string, value: unknown): unknown {
  if (value === null || value === undefined || IN_CLEAR.has(name)) return value;
  if (Array.isArray(value)) return value.map((element) => maskFields(element as object));
  if (typeof value === 'object') return maskFields(value);
  if (typeof value === 'number') return null;
  return maskText(name, String(value));
}

function maskText(name: string, text: string): string {
  const first = [...text][0] ?? '';
  if (name === 'email') return `${first}${MASK}${text.slice(text.lastIndexOf('@'))}`;
  return /name$/i.test(name) || name === 'city' ? `${first}${MASK}` : MASK;
}
