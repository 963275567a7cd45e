import { type Parsed, ungrouped } from './parsed.ts';

const FORM = /^\d{18}$/;
const WEIGHTS = [3, 7, 1];

/** The digit that makes 17 digits (bank, place, account) a CLABE: each weighted 3, 7, 1 and taken modulo ten. */
export function clabeCheckDigit(digits: string): string {
  const sum = [...digits].reduce(
    (total, digit, at) => total + ((Number(digit) * (WEIGHTS[at % 3] ?? 0)) % 10),
    0,
  );
  return String((10 - (sum % 10)) % 10);
}

/** A CLABE, the account number of SPEI: 18 digits. Source: Banco de México, Circular 3/2012 (annex on the CLABE). */
export function parseClabe(text: string): Parsed {
  const value = ungrouped(text);
  const isRight =
    FORM.test(value) && /[1-9]/.test(value) && clabeCheckDigit(value.slice(0, 17)) === value.at(-1);
  return isRight ? { value } : { expected: 'a CLABE: 18 digits, the last of which is their check digit' };
}
