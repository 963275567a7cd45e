import type { Parsed } from './parsed.ts';

const LENGTH_MAX = 255;
const FORM = /^[a-z0-9][a-z0-9._-]{1,254}@[a-z][a-z0-9]{1,63}$/;

/**
 * A UPI id (virtual payment address): a name, `@`, and the handle of a payment service provider, without the point that an
 * e-mail address has there. Upper and lower case are the same. Source: NPCI, UPI procedural guidelines.
 */
export function parseUpiId(text: string): Parsed {
  const value = text.trim().toLowerCase();
  return value.length <= LENGTH_MAX && FORM.test(value)
    ? { value }
    : { expected: 'a UPI id, such as name@bank' };
}
