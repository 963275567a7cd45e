/** What a text is, in the one form that is stored and compared, or what was expected instead. */
export type Parsed = { readonly value: string } | { readonly expected: string };

/** How people group digits; never part of an identifier. */
const GROUPING = /[\s.\-/]/g;

/** The text without blanks, points, hyphens and slashes. */
export function ungrouped(text: string): string {
  return text.replace(GROUPING, '');
}

/** Longer texts are refused before anything looks at them; no identifier of any rail is this long but an e-mail address. */
export const IDENTIFIER_LENGTH_MAX = 100;
