import { type Parsed, ungrouped } from './parsed.ts';

const FORM = /^[A-Z0-9]{4}([A-Z]{2})[A-Z0-9]{2}([A-Z0-9]{3})?$/;
const COUNTRIES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Regions that have a name and are no country. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);

/** A business identifier code (ISO 9362): four for the party, a country, two for the place, three for the branch if any. */
export function parseBic(text: string): Parsed {
  const value = ungrouped(text).toUpperCase();
  const country = FORM.exec(value)?.[1];
  return country !== undefined && isCountry(country)
    ? { value }
    : { expected: 'a BIC of 8 or 11 characters, such as DEUTDEFF or DEUTDEFF500' };
}

/** True for a country's code of two letters (ISO 3166-1, and XK). */
export function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && !NO_COUNTRIES.has(code) && COUNTRIES.of(code) !== undefined;
}
