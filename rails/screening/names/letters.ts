/**
 * Letters that Unicode does not take apart into a Latin one and a mark, as people write them in Latin: one usual form
 * each, which the fuzzy comparison need not hit exactly.
 */
const LATIN = 'ß:ss ø:o ł:l đ:d ð:d þ:th æ:ae œ:oe ı:i ħ:h ŋ:ng ə:a ĸ:k ŧ:t ƒ:f';
const CYRILLIC =
  'а:a б:b в:v г:g ґ:g д:d е:e є:ye ж:zh з:z и:i і:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya ђ:dj ј:j љ:lj њ:nj ћ:c џ:dz';
const GREEK =
  'α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o';
const ARABIC =
  'ا:a ب:b ت:t ث:th ج:j ح:h خ:kh د:d ذ:dh ر:r ز:z س:s ش:sh ص:s ض:d ط:t ظ:z ع:a غ:gh ف:f ق:q ك:k ل:l م:m ن:n ه:h و:w ي:y ى:a ة:a ء: پ:p چ:ch ژ:zh گ:g ک:k ی:y';

const TABLE: ReadonlyMap<string, string> = new Map(
  [LATIN, CYRILLIC, GREEK, ARABIC].flatMap((letters) =>
    letters.split(' ').map((pair): [string, string] => {
      const [letter = '', latin = ''] = pair.split(':');
      return [letter, latin];
    }),
  ),
);

const MARK_PATTERN = /\p{M}/gu;
const PLAIN_PATTERN = /^[\n -~]*$/;

/**
 * Text in lower-case Latin letters as far as they are known, without marks; other scripts stay as they are and match
 * themselves.
 */
export function toLatin(text: string): string {
  const lower = text.toLowerCase();
  if (PLAIN_PATTERN.test(lower)) return lower;
  let latin = '';
  // A mark of Cyrillic (й, ї) goes the way of all marks; so the letter under it is looked up.
  for (const letter of lower.normalize('NFKD').replace(MARK_PATTERN, '').toLowerCase()) {
    latin += TABLE.get(letter) ?? letter;
  }
  return latin;
}
