import { type Hex, keccak256 } from 'viem';
import { nonsense } from './readAnswer.ts';

const BLOOM = /^0x[0-9a-f]{512}$/i;
const BLOOM_BYTES = 256;
const BITS_OF_ONE = 3;
const BIT_MASK = 2047;

/** The bloom filter of a block's logs: what it does not have is in none of them. */
export class Bloom {
  readonly #bytes: Buffer;

  /** @throws {EndpointFault} NONSENSE */
  constructor(value: unknown) {
    if (typeof value !== 'string' || !BLOOM.test(value)) throw nonsense('logsBloom');
    this.#bytes = Buffer.from(value.slice(2), 'hex');
  }

  /** @param item an address or a topic. True also for some that are not in it. */
  mayHave(item: Hex): boolean {
    const hash = Buffer.from(keccak256(item, 'bytes'));
    for (let pair = 0; pair < BITS_OF_ONE; pair++) {
      const bit = hash.readUInt16BE(2 * pair) & BIT_MASK;
      const byte = this.#bytes[BLOOM_BYTES - 1 - (bit >> 3)] ?? 0;
      if ((byte & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}
