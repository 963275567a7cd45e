import { parseAddress } from '../../onchain/address.ts';
import { parseBic } from '../identifiers/bic.ts';
import { parseClabe } from '../identifiers/clabe.ts';
import { parseIban } from '../identifiers/iban.ts';
import { IDENTIFIER_LENGTH_MAX, type Parsed } from '../identifiers/parsed.ts';
import { parsePixKey } from '../identifiers/pixKey.ts';
import { parseRoutingNumber } from '../identifiers/routingNumber.ts';
import { parseSortCode, parseUkAccountNumber } from '../identifiers/ukAccount.ts';
import { parseUpiId } from '../identifiers/upiId.ts';
import { parseUsAccountNumber } from '../identifiers/usAccountNumber.ts';
import type { ExternalAccountType } from './externalAccount.ts';

/** A place outside as a client names it. */
export interface NamedPlace {
  readonly type: ExternalAccountType;
  readonly accountNumber: string;
  readonly bankCode: string | null;
}

export interface PlaceFault {
  readonly field: 'accountNumber' | 'bankCode';
  readonly expected: string;
}

type Parse = (text: string) => Parsed;

interface Form {
  readonly number: Parse;
  /** Null where the number names its bank itself. */
  readonly bankCode: { readonly parse: Parse; readonly required: boolean } | null;
}

const FORMS: Readonly<Record<ExternalAccountType, Form>> = {
  US_BANK: { number: parseUsAccountNumber, bankCode: { parse: parseRoutingNumber, required: true } },
  IBAN: { number: parseIban, bankCode: { parse: parseBic, required: false } },
  CLABE: { number: parseClabe, bankCode: null },
  PIX_KEY: { number: parsePixKey, bankCode: null },
  UPI_ID: { number: parseUpiId, bankCode: null },
  UK_BANK: { number: parseUkAccountNumber, bankCode: { parse: parseSortCode, required: true } },
  CHAIN_ADDRESS: {
    number(text) {
      const parsed = parseAddress(text);
      return 'address' in parsed ? { value: parsed.address } : parsed;
    },
    bankCode: null,
  },
};

/** The place in the form that is stored and compared, or which field is not what was expected. */
export function parsePlace(place: NamedPlace): NamedPlace | PlaceFault {
  const { type, accountNumber, bankCode } = place;
  const form = FORMS[type];
  const number = parseShort(form.number, accountNumber);
  if ('expected' in number) return { field: 'accountNumber', expected: number.expected };
  if (bankCode === null) {
    if (!form.bankCode?.required) return { type, accountNumber: number.value, bankCode: null };
    const absent = form.bankCode.parse('');
    return { field: 'bankCode', expected: 'expected' in absent ? absent.expected : 'a code of the bank' };
  }
  if (form.bankCode === null) {
    return { field: 'bankCode', expected: `nothing, as the place is of type ${type}` };
  }
  const code = parseShort(form.bankCode.parse, bankCode);
  return 'expected' in code
    ? { field: 'bankCode', expected: code.expected }
    : { type, accountNumber: number.value, bankCode: code.value };
}

function parseShort(parse: Parse, text: string): Parsed {
  return text.length <= IDENTIFIER_LENGTH_MAX
    ? parse(text)
    : { expected: `at most ${IDENTIFIER_LENGTH_MAX} characters` };
}
