import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSeal } from './aead.ts';
import { type FileKey, readOrCreateKeyFile } from './keyFile.ts';
import {
  canonicalContext,
  DATA_KEY_BYTES,
  type KeyContext,
  type KeyVault,
  KeyVaultError,
  type WrappedKey,
} from './keyVault.ts';

/** First byte of what this vault wraps, so that a later form can be told from it. */
const FORM = 1;
const TAG_AT = 1 + AEAD_NONCE_BYTES;
const CIPHERTEXT_AT = TAG_AT + AEAD_TAG_BYTES;
const WRAPPED_BYTES = CIPHERTEXT_AT + DATA_KEY_BYTES;
const FINGERPRINT_BYTES = 8;

/**
 * A vault whose KEK is a file that only its owner may read: for the sandbox and a single machine. Whoever reads the
 * file reads every seed, and whoever loses it loses them, so it belongs in a backup apart from the database's.
 *
 * @param path of the KEK
 * @param whenMissing `refuse` where sealed seeds exist already: a new KEK would open none of them
 * @throws {KeyVaultError} MISCONFIGURED for a file that is missing, loose, of a wrong size, or somebody else's
 */
export async function openFileVault(path: string, whenMissing: 'create' | 'refuse'): Promise<KeyVault> {
  const file: FileKey = await readOrCreateKeyFile(path, whenMissing);
  try {
    // A KeyObject keeps its bytes outside of what JavaScript prints.
    return new FileVault(createSecretKey(file.bytes));
  } finally {
    file.bytes.fill(0);
  }
}

class FileVault implements KeyVault {
  readonly id: string;
  readonly #kek: KeyObject;

  constructor(kek: KeyObject) {
    this.#kek = kek;
    // A keyed hash names the KEK without telling anything of it.
    const hash = createHmac('sha256', kek).update('omsx file vault').digest('hex');
    this.id = `file:${hash.slice(0, 2 * FINGERPRINT_BYTES)}`;
  }

  async wrap(dataKey: Uint8Array, context: KeyContext): Promise<WrappedKey> {
    if (dataKey.length !== DATA_KEY_BYTES) {
      throw new KeyVaultError('MISCONFIGURED', `a data key has ${DATA_KEY_BYTES} bytes`);
    }
    const { nonce, tag, ciphertext } = aeadSeal(this.#kek, dataKey, canonicalContext(context));
    return Buffer.concat([Uint8Array.of(FORM), nonce, tag, ciphertext]);
  }

  async unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array> {
    if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== FORM) {
      throw new KeyVaultError('NOT_AUTHENTIC', 'this is not a key that a file vault wrapped');
    }
    const parts = {
      nonce: wrapped.subarray(1, TAG_AT),
      tag: wrapped.subarray(TAG_AT, CIPHERTEXT_AT),
      ciphertext: wrapped.subarray(CIPHERTEXT_AT),
    };
    const dataKey = aeadOpen(this.#kek, parts, canonicalContext(context));
    if (dataKey === null) throw new KeyVaultError('NOT_AUTHENTIC', 'the file vault cannot open it');
    return dataKey;
  }
}
