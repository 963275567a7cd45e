/** Letters that are written for one another when a name goes from one script or language to another. */
const PAIRS: readonly (readonly [RegExp, string])[] = [
  [/sch|shch|sh|ch|zh|dj|j/g, 'S'],
  [/ph/g, 'f'],
  [/kh|gh|ck|q/g, 'k'],
  [/x/g, 'ks'],
  [/dh/g, 'd'],
  [/th/g, 't'],
  [/w/g, 'v'],
  [/ts|tz|z/g, 's'],
  [/c(?=[eiy])/g, 's'],
  [/c/g, 'k'],
];
const VOWELS_PATTERN = /[aeiouy]/g;
const FINAL_H_PATTERN = /h$/;

/** The consonants of a token as one hears them, with a mark for a vowel at the beginning. */
export function soundOf(token: string): string {
  const first = token[0] ?? '';
  let sound = token.replace(FINAL_H_PATTERN, '');
  for (const [pattern, by] of PAIRS) sound = sound.replace(pattern, by);
  const consonants = sound.replace(VOWELS_PATTERN, '');
  let plain = 'aeiouy'.includes(first) ? 'A' : '';
  for (const letter of consonants) if (!plain.endsWith(letter)) plain += letter;
  return plain;
}
