import { isIP } from 'node:net';
import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkOptionalText, checkText, firstFault } from '../../../platform/inputs.ts';
import type { PostalAddress } from '../../../rails/bank/externalAccounts/details.ts';
import type { BeneficialOwner, Business, IdentifyingNumber, PersonalChange } from './personalData.ts';

const TEXT_LENGTH_MAX = 200;
const NUMBERS_MAX = 10;
const OWNERS_MAX = 25;
const COUNTRY_PATTERN = /^[A-Z]{2}$/;
const PHONE_PATTERN = /^\+[1-9][0-9]{6,14}$/;
const DATE_PATTERN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const WORD_PATTERN = /^[A-Z][A-Z0-9_]{1,39}$/;

/** The first rule that details break, or null. Names and e-mail have rules of their own in customer.ts. */
export function checkDetails(details: PersonalChange): FailureView | null {
  const { phone, birthDate, nationality, ipAddress, address, identifyingNumbers, agreement, business } =
    details;
  return firstFault(
    optional(phone, (text) =>
      check('phone', text, PHONE_PATTERN.test(text), 'a number in E.164 such as +14155550123'),
    ),
    optional(birthDate, (text) => checkDate('birthDate', text)),
    optional(nationality, (text) => checkCountry('nationality', text)),
    optional(ipAddress, (text) => check('ipAddress', text, isIP(text) !== 0, 'an IPv4 or IPv6 address')),
    optional(address, checkAddress),
    optional(identifyingNumbers, (numbers) =>
      checkEach('identifyingNumbers', numbers, NUMBERS_MAX, checkNumber),
    ),
    optional(agreement, ({ version }) => checkText('agreement.version', version, 1, TEXT_LENGTH_MAX)),
    optional(business, checkBusiness),
    optional(details.beneficialOwners, (owners) =>
      checkEach('beneficialOwners', owners, OWNERS_MAX, checkOwner),
    ),
  );
}

function optional<Value>(
  value: Value | null | undefined,
  rule: (value: Value) => FailureView | null,
): FailureView | null {
  return value === null || value === undefined ? null : rule(value);
}

function check(field: string, value: unknown, isFine: boolean, expected: string): FailureView | null {
  return isFine ? null : invalidInput(field, value, expected);
}

function checkEach<Value>(
  field: string,
  values: readonly Value[],
  max: number,
  rule: (at: string, value: Value) => FailureView | null,
): FailureView | null {
  return (
    check(
      field,
      `${values.length} elements`,
      values.length >= 1 && values.length <= max,
      `1 to ${max} elements`,
    ) ?? firstFault(...values.slice(0, max).map((value, index) => rule(`${field}.${index}`, value)))
  );
}

function checkCountry(field: string, text: string): FailureView | null {
  return check(field, text, COUNTRY_PATTERN.test(text), 'a country in ISO 3166-1 alpha-2 such as US');
}

/** A day that exists, not one to come. */
function checkDate(field: string, text: string): FailureView | null {
  const time = DATE_PATTERN.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const isDay = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
  return check(field, text, isDay && time <= Date.now(), 'a day that has been, as YYYY-MM-DD');
}

function checkAddress(address: PostalAddress): FailureView | null {
  return firstFault(
    checkText('address.line1', address.line1, 1, TEXT_LENGTH_MAX),
    checkOptionalText('address.line2', address.line2, 0, TEXT_LENGTH_MAX),
    checkText('address.city', address.city, 1, TEXT_LENGTH_MAX),
    checkOptionalText('address.region', address.region, 0, TEXT_LENGTH_MAX),
    checkOptionalText('address.postalCode', address.postalCode, 0, TEXT_LENGTH_MAX),
    checkCountry('address.country', address.country),
  );
}

function checkNumber(at: string, { type, issuingCountry, number }: IdentifyingNumber): FailureView | null {
  return firstFault(
    check(`${at}.type`, type, WORD_PATTERN.test(type), 'a word in capitals such as PASSPORT'),
    checkCountry(`${at}.issuingCountry`, issuingCountry),
    checkText(`${at}.number`, number, 1, TEXT_LENGTH_MAX),
  );
}

function checkBusiness(business: Business): FailureView | null {
  return firstFault(
    checkText('business.registrationNumber', business.registrationNumber, 1, TEXT_LENGTH_MAX),
    checkCountry('business.incorporationCountry', business.incorporationCountry),
    checkDate('business.incorporationDate', business.incorporationDate),
    checkOptionalText('business.website', business.website, 0, TEXT_LENGTH_MAX),
  );
}

function checkOwner(at: string, owner: BeneficialOwner): FailureView | null {
  const { ownershipPercent } = owner;
  const isShare = Number.isInteger(ownershipPercent) && ownershipPercent >= 0 && ownershipPercent <= 100;
  return firstFault(
    checkText(`${at}.firstName`, owner.firstName, 1, TEXT_LENGTH_MAX),
    checkText(`${at}.lastName`, owner.lastName, 1, TEXT_LENGTH_MAX),
    checkDate(`${at}.birthDate`, owner.birthDate),
    checkCountry(`${at}.nationality`, owner.nationality),
    check(`${at}.ownershipPercent`, ownershipPercent, isShare, '0 to 100'),
  );
}
