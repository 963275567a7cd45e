import { toLatin } from './letters.ts';
import { COMPANY_FORMS, PARTICLES, TITLES } from './words.ts';

/** Of one name; what comes after is not looked at. A name of more is no name. */
const TOKENS_MAX = 12;
/** Of a name as it came, and of one token of it. */
const NAME_LENGTH_MAX = 300;
const TOKEN_LENGTH_MAX = 40;

const APOSTROPHE_PATTERN = /['’‘ʼ`´ʹʻʾʿ]/gu;
const BREAK_PATTERN = /[^\p{L}\p{N}.]+/u;
/** `s.p.a.`, `j.r.`: letters, each with its dot. */
const DOTTED_PATTERN = /^\p{L}(?:\.\p{L})+\.?$/u;
const LETTER_PATTERN = /[\p{L}\p{N}]/u;

/**
 * The words of a name that say whose it is, in Latin letters and in order of the alphabet, so that neither case, marks nor
 * order make a difference. Titles, particles and company forms are left out, unless nothing else is there.
 */
export function tokensOf(name: string): readonly string[] {
  const latin = toLatin(name.slice(0, NAME_LENGTH_MAX)).replace(APOSTROPHE_PATTERN, '');
  const words = latin.split(BREAK_PATTERN).flatMap(partsOf);
  const telling = words.filter((word) => !isFiller(word));
  // Two names in one letter each are initials; more are a text that is no name.
  const kept = telling.length > 0 ? telling : words;
  return kept
    .map((word) => word.slice(0, TOKEN_LENGTH_MAX))
    .sort()
    .slice(0, TOKENS_MAX);
}

function partsOf(word: string): readonly string[] {
  if (DOTTED_PATTERN.test(word)) {
    const joined = word.replaceAll('.', '');
    return COMPANY_FORMS.has(joined) ? [joined] : [...joined];
  }
  return word.split('.').filter((part) => LETTER_PATTERN.test(part));
}

function isFiller(word: string): boolean {
  return TITLES.has(word) || PARTICLES.has(word) || COMPANY_FORMS.has(word);
}
