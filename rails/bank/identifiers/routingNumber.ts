import { type Parsed, ungrouped } from './parsed.ts';

/** Federal Reserve: the first two digits name the district, a thrift, an electronic form, the government, or cheques. */
const FORM = /^(0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}$/;
const WEIGHTS = [3, 7, 1];

/**
 * An ABA routing number: nine digits, of which the last makes the sum weighted 3, 7, 1 a multiple of ten.
 * Source: American Bankers Association, Routing Number Policy; NACHA Operating Rules, appendix on check digits.
 */
export function parseRoutingNumber(text: string): Parsed {
  const value = ungrouped(text);
  const expected = 'an ABA routing number: nine digits, the last of which is their check digit';
  if (!FORM.test(value) || value === '000000000') return { expected };
  const sum = [...value].reduce((total, digit, at) => total + Number(digit) * (WEIGHTS[at % 3] ?? 0), 0);
  return sum % 10 === 0 ? { value } : { expected };
}
