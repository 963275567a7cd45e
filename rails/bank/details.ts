import type { BankRailName } from '../port.ts';

/** A bank account outside, as the client wrote it. Which fields are needed depends on the rail. */
export interface BankAccountDetails {
  readonly rail: BankRailName;
  readonly accountHolderName: string;
  readonly routingNumber?: string;
  readonly accountNumber?: string;
  readonly iban?: string;
  readonly clabe?: string;
  readonly pixKey?: string;
  readonly upiId?: string;
}

type Field = Exclude<keyof BankAccountDetails, 'rail' | 'accountHolderName'>;

interface Rule {
  readonly isRight: (value: string) => boolean;
  readonly expected: string;
}

const ABA_WEIGHTS = [3, 7, 1, 3, 7, 1, 3, 7, 1];
const CLABE_WEIGHTS = [3, 7, 1];

const ABA: Rule = {
  isRight: (value) => /^\d{9}$/.test(value) && weightedSum(value, ABA_WEIGHTS) % 10 === 0,
  expected: 'the nine digits of an ABA routing number, with a right check digit',
};
const SORT_CODE: Rule = {
  isRight: (value) => /^\d{6}$/.test(value),
  expected: 'the six digits of a sort code',
};
const US_ACCOUNT: Rule = { isRight: (value) => /^\d{4,17}$/.test(value), expected: '4 to 17 digits' };
const UK_ACCOUNT: Rule = { isRight: (value) => /^\d{8}$/.test(value), expected: '8 digits' };
const IBAN: Rule = {
  isRight: (value) => /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(value) && ibanRemainder(value) === 1,
  expected: 'an IBAN in capital letters without blanks, with right check digits',
};
const CLABE: Rule = {
  isRight: (value) =>
    /^\d{18}$/.test(value) && clabeCheck(value.slice(0, 17)) === Number.parseInt(value.slice(17), 10),
  expected: 'the 18 digits of a CLABE, with a right check digit',
};
const PIX_KEY: Rule = {
  isRight: (value) => /^[\w.+@-]{5,77}$/.test(value),
  expected: '5 to 77 characters of a PIX key',
};
const UPI_ID: Rule = {
  isRight: (value) => /^[\w.-]{2,64}@[A-Za-z]{2,64}$/.test(value),
  expected: 'a UPI id such as name@bank',
};

/** What each rail needs to know, and of which field the last characters may be shown. */
const NEEDS: Readonly<
  Record<BankRailName, { readonly fields: Partial<Record<Field, Rule>>; readonly shown: Field }>
> = {
  ACH: { fields: { routingNumber: ABA, accountNumber: US_ACCOUNT }, shown: 'accountNumber' },
  WIRE: { fields: { routingNumber: ABA, accountNumber: US_ACCOUNT }, shown: 'accountNumber' },
  FPS: { fields: { routingNumber: SORT_CODE, accountNumber: UK_ACCOUNT }, shown: 'accountNumber' },
  SEPA: { fields: { iban: IBAN }, shown: 'iban' },
  SPEI: { fields: { clabe: CLABE }, shown: 'clabe' },
  PIX: { fields: { pixKey: PIX_KEY }, shown: 'pixKey' },
  UPI: { fields: { upiId: UPI_ID }, shown: 'upiId' },
};

const HOLDER_NAME_LENGTH_MAX = 140;
const SHOWN_CHARACTERS = 4;

export interface DetailsFault {
  readonly field: string;
  readonly expected: string;
}

/** What is wrong with an account for its rail, without the value, which is personal; null when nothing is. */
export function faultOfDetails(details: BankAccountDetails): DetailsFault | null {
  const { rail, accountHolderName } = details;
  const length = accountHolderName.trim().length;
  if (length === 0 || length > HOLDER_NAME_LENGTH_MAX) {
    return { field: 'accountHolderName', expected: `1 to ${HOLDER_NAME_LENGTH_MAX} characters` };
  }
  const { fields } = NEEDS[rail];
  for (const field of FIELDS) {
    const value = details[field];
    const rule = fields[field];
    if (rule === undefined && value !== undefined) return { field, expected: `nothing on ${rail}` };
    if (rule !== undefined && (value === undefined || !rule.isRight(value))) {
      return { field, expected: rule.expected };
    }
  }
  return null;
}

const FIELDS: readonly Field[] = ['routingNumber', 'accountNumber', 'iban', 'clabe', 'pixKey', 'upiId'];

/** `****6789`: the last four characters, and no more than half of a short one. */
export function maskOf(details: BankAccountDetails): string {
  return maskText(details[NEEDS[details.rail].shown] ?? '');
}

export function maskText(value: string): string {
  const shown = Math.min(SHOWN_CHARACTERS, Math.floor(value.length / 2));
  return `****${shown === 0 ? '' : value.slice(-shown)}`;
}

/** For sealing. */
export function encodeDetails(details: BankAccountDetails): Uint8Array {
  return Buffer.from(JSON.stringify(details));
}

/** What `encodeDetails` was given: sealed bytes are authentic, so that they are not checked again. */
export function decodeDetails(bytes: Uint8Array): BankAccountDetails {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

function weightedSum(digits: string, weights: readonly number[]): number {
  return [...digits].reduce(
    (sum, digit, index) => sum + Number.parseInt(digit, 10) * (weights[index % weights.length] ?? 0),
    0,
  );
}

/** ISO 13616: the country and check digits moved to the end, letters as numbers, modulo 97. */
function ibanRemainder(iban: string): number {
  let rest = 0;
  for (const letter of iban.slice(4) + iban.slice(0, 4)) {
    for (const digit of Number.parseInt(letter, 36).toString())
      rest = (rest * 10 + Number.parseInt(digit, 10)) % 97;
  }
  return rest;
}

/** Each digit times its weight modulo ten, their sum taken to the next ten. */
function clabeCheck(digits: string): number {
  const sum = [...digits].reduce(
    (total, digit, index) => total + ((Number.parseInt(digit, 10) * (CLABE_WEIGHTS[index % 3] ?? 0)) % 10),
    0,
  );
  return (10 - (sum % 10)) % 10;
}
