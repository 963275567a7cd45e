/**
 * What a wrapped key belongs to. Not secret: it stands in the vault's own audit log. A key unwraps only with the very
 * context it was wrapped with, so that it cannot be moved to another owner in the database.
 */
export type KeyContext = Readonly<Record<string, string>>;

/** A data key as the vault gave it out; bytes that only the vault can read. */
export type WrappedKey = Uint8Array;

/** What a data key may measure, which keeps a vault from being a store of anything. */
export const DATA_KEY_BYTES = 32;

/** Keeps the key that encrypts keys (KEK), which nobody else ever sees. */
export interface KeyVault {
  /** Which KEK: stored beside what it wrapped, and compared before anything is unwrapped. Names no secret. */
  readonly id: string;
  /**
   * Encrypts a data key. Wrapping again is safe and gives other bytes.
   *
   * @param dataKey `DATA_KEY_BYTES` long; stays the caller's, to be zeroed by it
   * @throws {KeyVaultError}
   */
  wrap(dataKey: Uint8Array, context: KeyContext): Promise<WrappedKey>;
  /**
   * Decrypts what `wrap` gave, in memory that the caller owns and zeroes. Changes nothing; safe to repeat.
   *
   * @throws {KeyVaultError} NOT_AUTHENTIC for other bytes, another context or another KEK
   */
  unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array>;
}

export const KEY_VAULT_FAULTS = {
  NOT_AUTHENTIC: { retryable: false, meaning: 'the wrapped key, its context or the KEK is another one' },
  DENIED: { retryable: false, meaning: 'the vault does not accept our credentials, or not for this key' },
  MISCONFIGURED: { retryable: false, meaning: 'the KEK is missing, disabled, or kept in an unsafe way' },
  THROTTLED: { retryable: true, meaning: 'the vault has too much to do; nothing happened' },
  UNAVAILABLE: { retryable: true, meaning: 'the vault does not answer, or not in time' },
  MALFORMED: { retryable: true, meaning: 'the vault answers something that is no answer' },
} as const;

export type KeyVaultFault = keyof typeof KEY_VAULT_FAULTS;

/**
 * A vault that did not do it. `detail` is ours, or a name that the vault's interface defines: never the text of an
 * answer and never a cause, either of which may quote what was sent.
 */
export class KeyVaultError extends Error {
  override readonly name = 'KeyVaultError';
  readonly code: KeyVaultFault;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(code: KeyVaultFault, detail: string) {
    super(`${KEY_VAULT_FAULTS[code].meaning}: ${detail}`);
    this.code = code;
    this.retryable = KEY_VAULT_FAULTS[code].retryable;
  }
}

/** One text for one context, whatever the order of its names. */
export function canonicalContext(context: KeyContext): Uint8Array {
  const pairs = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(pairs));
}
