import type { Address, Hex } from 'viem';
import type { ChainClient } from '../rpc/chainReader.ts';
import type { Market } from './decideNext.ts';

/** What transactions cost in the newest block, read once for each block and address that asks. */
export class Markets {
  readonly #client: ChainClient;
  #headHash: Hex | null = null;
  #fees: Promise<Omit<Market, 'noncesUsed'> | null> = Promise.resolve(null);
  readonly #nonces = new Map<Address, Promise<bigint>>();

  constructor(client: ChainClient) {
    this.#client = client;
  }

  /**
   * Null when the head was replaced a moment ago.
   *
   * @throws {ChainUnreachableError}; a retry reads again after the next block
   */
  async of(address: Address, headHash: Hex): Promise<Market | null> {
    if (headHash !== this.#headHash) {
      this.#headHash = headHash;
      this.#fees = this.#readFees(headHash);
      this.#nonces.clear();
    }
    const noncesUsed = this.#nonces.get(address) ?? this.#client.nonceOf(address, 'latest');
    this.#nonces.set(address, noncesUsed);
    const [fees, used] = await Promise.all([this.#fees, noncesUsed]);
    return fees === null ? null : { ...fees, noncesUsed: used };
  }

  async #readFees(headHash: Hex): Promise<Omit<Market, 'noncesUsed'> | null> {
    const [block, priorityFeePerGasWei] = await Promise.all([
      this.#client.fullBlock(headHash),
      this.#client.priorityFeePerGasWei(),
    ]);
    return block === null ? null : { baseFeePerGasWei: block.baseFeePerGasWei ?? 0n, priorityFeePerGasWei };
  }
}
