import type { StreamLimits } from './limits.ts';

/**
 * Bytes that all connections of a process have written and the network has not taken. While they are many, each
 * connection gets less of a buffer, so that a crowd of slow readers costs no more memory than is set aside for them.
 */
export class Unsent {
  readonly #limits: StreamLimits;
  #bytes = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** How many bytes one connection may hold unsent and still be sent more. */
  get allowance(): number {
    const { unsentTotalBytesMax, unsentBytesMin, unsentBytesMax } = this.#limits;
    return this.#bytes > unsentTotalBytesMax ? unsentBytesMin : unsentBytesMax;
  }
}
