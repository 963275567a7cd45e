import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

export interface Sealed {
  /** Random. A key seals few messages (a data key one, a KEK one per root), far below the 2^32 that random nonces allow. */
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** AES-256-GCM. `associated` is authenticated, not hidden; the same has to be given to `aeadOpen`. */
export function aeadSeal(key: Uint8Array | KeyObject, plaintext: Uint8Array, associated: Uint8Array): Sealed {
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: AEAD_TAG_BYTES });
  cipher.setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

/**
 * The plaintext, in memory of its own, or null when key, bytes or `associated` are not those of the sealing. Null and
 * not an error, so that each caller says which of its things is not authentic. Nothing unauthenticated gets out.
 */
export function aeadOpen(
  key: Uint8Array | KeyObject,
  { nonce, ciphertext, tag }: Sealed,
  associated: Uint8Array,
): Uint8Array | null {
  if (nonce.length !== AEAD_NONCE_BYTES || tag.length !== AEAD_TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: AEAD_TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    // GCM is a stream: the last part is always empty, and its call is the check of the tag.
    decipher.final();
  } catch {
    plaintext.fill(0);
    return null;
  }
  return plaintext;
}
