import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * `sk_test_<public>_<secret>`: everything before the last underscore is the prefix, which may be shown and by
 * which the key is found; the secret is 32 random bytes. Base 62, so that a double click selects the whole key.
 */
export interface NewSecretKey {
  /** The whole key, shown once. */
  readonly token: string;
  readonly prefix: string;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PUBLIC_BYTES = 12;
const PUBLIC_LENGTH = 17;
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;
const TOKEN_PATTERN = new RegExp(
  `^(sk_(?:test|live)_[0-9A-Za-z]{${PUBLIC_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}}$`,
);

/** Makes a key from the system's random source; `mode` shows in it, so that a live key is recognised in a log. */
export function makeSecretKey(mode: 'SANDBOX' | 'LIVE'): NewSecretKey {
  const kind = mode === 'LIVE' ? 'live' : 'test';
  const prefix = `sk_${kind}_${base62(randomBytes(PUBLIC_BYTES), PUBLIC_LENGTH)}`;
  return { prefix, token: `${prefix}_${base62(randomBytes(SECRET_BYTES), SECRET_LENGTH)}` };
}

/** The prefix of a well-formed key, or null. Its length is fixed, so hostile input costs one short match. */
export function prefixOfToken(token: string): string | null {
  return TOKEN_PATTERN.exec(token)?.[1] ?? null;
}

/**
 * What is stored of a key. Plain HMAC, not a password hash: 256 random bits cannot be guessed, and this runs for
 * each request. The pepper is not in the database, so that its dump alone verifies nothing.
 */
export function hmacOf(token: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(token).digest();
}

/** Compares in constant time; `stored` is the HMAC's length or it does not match. */
export function isSameHmac(given: Buffer, stored: Buffer): boolean {
  return given.length === stored.length && timingSafeEqual(given, stored);
}

function base62(bytes: Buffer, length: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let place = 0; place < length; place++) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
