/** Letters that do not come apart into a letter and its mark. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D' },
  ...{ þ: 'th', Þ: 'Th', ł: 'l', Ł: 'L', ı: 'i', ħ: 'h', Ħ: 'H', ŋ: 'n', Ŋ: 'N' },
  ...{ '‘': "'", '’': "'", '“': "'", '”': "'", '–': '-', '—': '-', '…': '...', '\u00a0': ' ' },
};
const MARKS = /\p{M}/gu;
const NOT_ASCII = /[^ -~]/g;
/** What the European Payments Council lets pass everywhere (EPC217-08). */
const NOT_SEPA = /[^a-zA-Z0-9/\-?:().,'+ ]/g;

/**
 * Text in letters that old formats can carry: marks taken off, the rest as a point. For names and messages, which a
 * person reads; never for what has to come back as it went out.
 *
 * @param lengthMax what is longer is cut off
 */
export function asciiText(text: string, lengthMax: number): string {
  return plain(text).replace(NOT_ASCII, '.').slice(0, lengthMax).trimEnd();
}

/** As `asciiText`, in the character set that every bank of SEPA takes. */
export function sepaText(text: string, lengthMax: number): string {
  return plain(text).replaceAll('&', '+').replace(NOT_SEPA, '.').slice(0, lengthMax).trim();
}

/** Whether text is in the SEPA set as it stands. */
export function isSepaText(text: string): boolean {
  return text.search(NOT_SEPA) < 0;
}

function plain(text: string): string {
  return [...text.normalize('NFD').replace(MARKS, '')].map((letter) => LETTERS[letter] ?? letter).join('');
}
