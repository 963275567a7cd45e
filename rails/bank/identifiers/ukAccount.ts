import { type Parsed, ungrouped } from './parsed.ts';

/**
 * A sort code: six digits, often written in pairs. Whether it fits its account number is known to a table that Pay.UK
 * changes every few months, so only the form is checked here.
 */
export function parseSortCode(text: string): Parsed {
  const value = ungrouped(text);
  return /^\d{6}$/.test(value) && value !== '000000'
    ? { value }
    : { expected: 'a sort code of six digits, such as 20-00-00' };
}

/** An account number of a bank in the United Kingdom: eight digits; older ones of seven get their leading zero. */
export function parseUkAccountNumber(text: string): Parsed {
  const value = ungrouped(text);
  return /^\d{7,8}$/.test(value) && /[1-9]/.test(value)
    ? { value: value.padStart(8, '0') }
    : { expected: 'an account number of eight digits' };
}
