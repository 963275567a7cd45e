import type { BankRailName } from '../port.ts';
import { parseClabe } from './identifiers/clabe.ts';
import { parseIban } from './identifiers/iban.ts';
import type { Parsed } from './identifiers/parsed.ts';
import { parsePixKey } from './identifiers/pixKey.ts';
import { parseRoutingNumber } from './identifiers/routingNumber.ts';
import { parseSortCode, parseUkAccountNumber } from './identifiers/ukAccount.ts';
import { parseUpiId } from './identifiers/upiId.ts';
import { parseUsAccountNumber } from './identifiers/usAccountNumber.ts';

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

/** Right where a parser takes it as it stands: what is sealed is not put into another form. */
function asParsed(parse: (text: string) => Parsed, expected: string): Rule {
  return {
    isRight: (value) => {
      const parsed = parse(value);
      return 'value' in parsed && parsed.value === value;
    },
    expected,
  };
}

/** The same for what is told apart without regard to case. */
function asParsedInAnyCase(parse: (text: string) => Parsed, expected: string): Rule {
  const rule = asParsed(parse, expected);
  return { ...rule, isRight: (value) => rule.isRight(value.toLowerCase()) };
}

const ABA = asParsed(
  parseRoutingNumber,
  'the nine digits of an ABA routing number, with a right check digit',
);
const SORT_CODE = asParsed(parseSortCode, 'the six digits of a sort code');
const US_ACCOUNT = asParsed(parseUsAccountNumber, '4 to 17 digits');
const UK_ACCOUNT = asParsed(parseUkAccountNumber, '8 digits');
const IBAN = asParsed(parseIban, 'an IBAN in capital letters without blanks, with right check digits');
const CLABE = asParsed(parseClabe, 'the 18 digits of a CLABE, with a right check digit');
const PIX_KEY = asParsedInAnyCase(
  parsePixKey,
  'a PIX key: a CPF or CNPJ in digits, an e-mail address, + and a phone number, or a random key',
);
const UPI_ID = asParsedInAnyCase(parseUpiId, 'a UPI id such as name@bank');

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
