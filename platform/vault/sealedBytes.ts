import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSeal } from './aead.ts';
import {
  canonicalContext,
  DATA_KEY_BYTES,
  type KeyContext,
  type KeyVault,
  KeyVaultError,
} from './keyVault.ts';
import { SecretBytes } from './secretBytes.ts';

/** What stands first in sealed bytes, so that another form can follow one day. */
const FORM = 1;
const LENGTH_BYTES = 2;
const HEAD_BYTES = 1 + LENGTH_BYTES;
export const SEALED_PLAINTEXT_BYTES_MAX = 1_048_576;

/** Sealed bytes that do not open: changed, of another context, or wrapped by another vault. Trying again fails again. */
export class NotAuthenticError extends Error {
  override readonly name = 'NotAuthenticError';

  constructor() {
    super('sealed bytes were changed, belong to something else, or were sealed with another vault');
  }
}

/**
 * Encrypts a record for one column: AES-256-GCM under a data key of its own that the vault wraps, with `context` as
 * additional data of both, so that it opens for nothing else. Calls the vault, so not within a tx; sealing again is safe
 * and gives other bytes.
 *
 * @param plaintext at most `SEALED_PLAINTEXT_BYTES_MAX` bytes; stays the caller's
 * @param context whose it is and what for, such as `{ purpose: 'omsx-customer', id }`
 * @throws {KeyVaultError} when the vault does not answer or refuses
 */
export async function sealBytes(
  vault: KeyVault,
  plaintext: Uint8Array,
  context: KeyContext,
): Promise<Uint8Array> {
  if (plaintext.length > SEALED_PLAINTEXT_BYTES_MAX) {
    throw new RangeError(`${plaintext.length} bytes to seal, at most ${SEALED_PLAINTEXT_BYTES_MAX} expected`);
  }
  const dataKey = SecretBytes.random(DATA_KEY_BYTES);
  try {
    const { nonce, ciphertext, tag } = aeadSeal(dataKey.reveal(), plaintext, canonicalContext(context));
    const wrappedKey = await vault.wrap(dataKey.reveal(), context);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt8(FORM, 0);
    head.writeUInt16BE(wrappedKey.length, 1);
    return Buffer.concat([head, wrappedKey, nonce, tag, ciphertext]);
  } finally {
    dataKey.wipe();
  }
}

/**
 * What `sealBytes` was given. Calls the vault, so not within a tx; changes nothing, safe to repeat.
 *
 * @throws {NotAuthenticError}
 * @throws {KeyVaultError} when the vault does not answer or has too much to do
 */
export async function openBytes(
  vault: KeyVault,
  sealed: Uint8Array,
  context: KeyContext,
): Promise<Uint8Array> {
  const { wrappedKey, nonce, tag, ciphertext } = split(sealed);
  const dataKey = SecretBytes.take(await unwrap(vault, wrappedKey, context));
  try {
    if (dataKey.length !== AEAD_KEY_BYTES) throw new NotAuthenticError();
    const plaintext = aeadOpen(dataKey.reveal(), { nonce, ciphertext, tag }, canonicalContext(context));
    if (plaintext === null) throw new NotAuthenticError();
    return plaintext;
  } finally {
    dataKey.wipe();
  }
}

function split(sealed: Uint8Array) {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  if (bytes.length < HEAD_BYTES || bytes.readUInt8(0) !== FORM) throw new NotAuthenticError();
  const nonceAt = HEAD_BYTES + bytes.readUInt16BE(1);
  const tagAt = nonceAt + AEAD_NONCE_BYTES;
  const ciphertextAt = tagAt + AEAD_TAG_BYTES;
  if (bytes.length < ciphertextAt) throw new NotAuthenticError();
  return {
    wrappedKey: bytes.subarray(HEAD_BYTES, nonceAt),
    nonce: bytes.subarray(nonceAt, tagAt),
    tag: bytes.subarray(tagAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
  };
}

async function unwrap(vault: KeyVault, wrappedKey: Uint8Array, context: KeyContext): Promise<Uint8Array> {
  try {
    return await vault.unwrap(wrappedKey, context);
  } catch (error) {
    if (error instanceof KeyVaultError && error.code === 'NOT_AUTHENTIC') throw new NotAuthenticError();
    throw error;
  }
}
