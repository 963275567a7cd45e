import { ibanStructure } from './ibanStructures.ts';
import { type Parsed, ungrouped } from './parsed.ts';

const FORM = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;
const MODULUS = 97n;
/** What the whole is modulo 97 when its check digits are right. */
const RIGHT = 1n;

/**
 * An IBAN (ISO 13616): a country, two check digits (ISO 7064 mod 97-10), and the country's own account number, whose
 * length and kinds of characters are those of the registry.
 */
export function parseIban(text: string): Parsed {
  const value = ungrouped(text).toUpperCase();
  if (!FORM.test(value)) return { expected: 'an IBAN: a country, two check digits and the account number' };
  const country = value.slice(0, 2);
  const structure = ibanStructure(country);
  if (structure === null) return { expected: `an IBAN of a country that has them; ${country} is none` };
  if (!structure.test(value.slice(4))) {
    return { expected: `an IBAN of the length and form that ${country} gives its own` };
  }
  return remainder(value) === RIGHT ? { value } : { expected: 'an IBAN whose check digits are right' };
}

/** The IBAN of a country's own account number. */
export function makeIban(country: string, own: string): string {
  const check = MODULUS + RIGHT - remainder(`${country}00${own}`);
  return `${country}${String(check).padStart(2, '0')}${own}`;
}

/** The first four characters go to the end, letters count from 10, and all of it is one number. */
function remainder(iban: string): bigint {
  const digits = [...`${iban.slice(4)}${iban.slice(0, 4)}`].map((one) => Number.parseInt(one, 36)).join('');
  return BigInt(digits) % MODULUS;
}
