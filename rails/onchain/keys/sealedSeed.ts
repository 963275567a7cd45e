import type { Uuid } from '../../../platform/id.ts';
import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  aeadOpen,
  aeadSeal,
} from '../../../platform/vault/aead.ts';
import {
  DATA_KEY_BYTES,
  type KeyContext,
  type KeyVault,
  KeyVaultError,
  type WrappedKey,
} from '../../../platform/vault/keyVault.ts';
import { SecretBytes } from '../../../platform/vault/secretBytes.ts';

const SEED_LENGTHS: ReadonlySet<number> = new Set([32, 64]);

/** A seed as the database may hold it: of no use without the vault. */
export interface SealedSeed {
  readonly ciphertext: Uint8Array;
  readonly nonce: Uint8Array;
  readonly tag: Uint8Array;
  readonly wrappedKey: WrappedKey;
  /** `KeyVault.id` of the vault that wrapped the key. */
  readonly vaultId: string;
}

export const SEAL_FAULTS = {
  NOT_A_SEED: 'a seed has 32 or 64 bytes',
  OTHER_VAULT: 'the seed was sealed with another vault',
  NOT_AUTHENTIC: 'the sealed seed was changed, or belongs to another root',
} as const;

export type SealFault = keyof typeof SEAL_FAULTS;

/** A seed that cannot be sealed or opened. It has no cause and quotes nothing; trying again fails again. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: SealFault;

  constructor(code: SealFault) {
    super(SEAL_FAULTS[code]);
    this.code = code;
  }
}

/**
 * Encrypts a seed for one root: AES-256-GCM under a data key of its own, the root's id as additional data, and the
 * data key wrapped by the vault for the same root. `seed` stays the caller's, to be wiped by it. Calls the vault, so
 * not within a transaction; sealing again is safe and gives other bytes.
 *
 * @throws {SealError} NOT_A_SEED
 * @throws {KeyVaultError} when the vault does not wrap the data key
 */
export async function sealSeed(seed: SecretBytes, rootId: Uuid, vault: KeyVault): Promise<SealedSeed> {
  if (!SEED_LENGTHS.has(seed.length)) throw new SealError('NOT_A_SEED');
  const dataKey = SecretBytes.random(DATA_KEY_BYTES);
  try {
    const sealed = aeadSeal(dataKey.reveal(), seed.reveal(), associatedOf(rootId));
    const wrappedKey = await vault.wrap(dataKey.reveal(), contextOf(rootId));
    return { ...sealed, wrappedKey, vaultId: vault.id };
  } finally {
    dataKey.wipe();
  }
}

/**
 * Lends the seed to `use` and wipes it, and the data key, when that has ended, in whatever way. What `use` keeps of
 * the seed is zeros afterwards. Calls the vault, so not within a transaction; changes nothing, safe to repeat.
 *
 * @throws {SealError} OTHER_VAULT; NOT_AUTHENTIC when any bit or the root is another one
 * @throws {KeyVaultError} when the vault does not answer, refuses, or has too much to do
 * @throws whatever `use` throws
 */
export async function openSeed<T>(
  sealed: SealedSeed,
  rootId: Uuid,
  vault: KeyVault,
  use: (seed: SecretBytes) => Promise<T>,
): Promise<T> {
  if (sealed.vaultId !== vault.id) throw new SealError('OTHER_VAULT');
  const isWhole = sealed.nonce.length === AEAD_NONCE_BYTES && sealed.tag.length === AEAD_TAG_BYTES;
  // Before the vault is asked: what cannot be a seed is not worth a call.
  if (!isWhole || !SEED_LENGTHS.has(sealed.ciphertext.length)) throw new SealError('NOT_AUTHENTIC');
  const seed = await decrypt(sealed, rootId, vault);
  try {
    return await use(seed);
  } finally {
    seed.wipe();
  }
}

async function decrypt(sealed: SealedSeed, rootId: Uuid, vault: KeyVault): Promise<SecretBytes> {
  const dataKey = SecretBytes.take(await unwrap(sealed.wrappedKey, rootId, vault));
  try {
    if (dataKey.length !== AEAD_KEY_BYTES) throw new SealError('NOT_AUTHENTIC');
    const seed = aeadOpen(dataKey.reveal(), sealed, associatedOf(rootId));
    if (seed === null) throw new SealError('NOT_AUTHENTIC');
    return SecretBytes.take(seed);
  } finally {
    dataKey.wipe();
  }
}

async function unwrap(wrappedKey: WrappedKey, rootId: Uuid, vault: KeyVault): Promise<Uint8Array> {
  try {
    return await vault.unwrap(wrappedKey, contextOf(rootId));
  } catch (error) {
    if (error instanceof KeyVaultError && error.code === 'NOT_AUTHENTIC')
      throw new SealError('NOT_AUTHENTIC');
    throw error;
  }
}

function associatedOf(rootId: Uuid): Uint8Array {
  return Buffer.from(rootId);
}

function contextOf(rootId: Uuid): KeyContext {
  return { purpose: 'omsx-hd-root', rootId };
}
