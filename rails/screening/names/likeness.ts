import { jaroWinkler } from './jaroWinkler.ts';
import { soundOf } from './soundOf.ts';

/** Tokens that are less alike are not taken for one another. */
export const TOKEN_MIN = 0.84;
/** Letters of a token that are enough to tell names apart by sound alone. */
const SOUND_LENGTH_MIN = 3;
const INITIAL = 0.8;

/** How alike two tokens are: by their letters, and half of what is missing for two that sound the same. */
export function likenessOf(a: string, b: string): number {
  if (a === b) return 1;
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? INITIAL : 0;
  const letters = jaroWinkler(a, b);
  // Even the same sound would not make these alike.
  if (letters < 2 * TOKEN_MIN - 1) return letters;
  return soundsAlike(soundOf(a), soundOf(b)) ? (1 + letters) / 2 : letters;
}

export function soundsAlike(a: string, b: string): boolean {
  return a === b && a.length >= SOUND_LENGTH_MIN;
}

/** Whether two tokens may stand for one another. An initial stands for what begins with it. */
export function isAlike(a: string, b: string, likeness: number): boolean {
  return likeness >= TOKEN_MIN || (likeness === INITIAL && (a.length === 1 || b.length === 1));
}
