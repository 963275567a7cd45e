import { type Parsed, ungrouped } from './parsed.ts';

/** NACHA gives the field 17 places. Banks publish no common checksum. */
const FORM = /^\d{4,17}$/;

/** An account number of a bank in the United States: 4 to 17 digits, leading zeros kept. */
export function parseUsAccountNumber(text: string): Parsed {
  const value = ungrouped(text);
  return FORM.test(value) && /[1-9]/.test(value)
    ? { value }
    : { expected: 'an account number of 4 to 17 digits' };
}
