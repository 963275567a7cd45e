import { randomFillSync } from 'node:crypto';
import { inspect } from 'node:util';
import { invariant } from '../invariant.ts';

const SHOWN = '[secret]';

/**
 * Bytes of a seed or a key. Whatever prints an object - JSON, `util.inspect`, a template, the logger - gets a mark
 * instead of them: they are in a private field, which none of these can reach.
 */
export class SecretBytes {
  readonly #bytes: Uint8Array;
  #isWiped = false;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Owns `bytes` from here on: `wipe` zeroes this very array, so the caller keeps no copy. */
  static take(bytes: Uint8Array): SecretBytes {
    return new SecretBytes(bytes);
  }

  /** `length` bytes of the operating system's randomness, in memory that is shared with nothing. */
  static random(length: number): SecretBytes {
    return new SecretBytes(randomFillSync(new Uint8Array(length)));
  }

  get length(): number {
    return this.#bytes.length;
  }

  /**
   * The bytes themselves, not a copy, so that there is one place to zero. For the call that needs them, never to keep.
   *
   * @throws {InvariantError} when they have been wiped: signing with zeros would be worse than failing
   */
  reveal(): Uint8Array {
    invariant(!this.#isWiped, 'a secret is used after it was wiped');
    return this.#bytes;
  }

  /** Overwrites the bytes. May be called again. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#isWiped = true;
  }

  toJSON(): string {
    return SHOWN;
  }

  toString(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
