import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * A key of its own for one purpose out of a secret of the deployment (HKDF, RFC 5869), so that what is seen of one use helps
 * with no other.
 *
 * @param purpose such as `omsx external account`; another purpose is another key
 * @param generation says which of several keys of one purpose, where keys follow one another
 */
export function deriveKey(secret: string, purpose: string, generation = ''): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, generation, purpose, KEY_BYTES));
}
