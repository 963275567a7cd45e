import type { Address, Hex } from 'viem';
import type { ChainView } from '../finality.ts';
import type { BlockRef, BlockSource } from '../follow/nextStep.ts';

/** A transaction as its block lists it. Hashes and addresses are lower case here and below. */
export interface BlockTransaction {
  readonly hash: Hex;
  readonly from: Address;
  /** Null for one that makes a contract. */
  readonly to: Address | null;
  readonly valueWei: bigint;
  readonly nonce: bigint;
}

export interface FullBlock extends BlockRef {
  /** Null before EIP-1559. */
  readonly baseFeePerGasWei: bigint | null;
  readonly transactions: readonly BlockTransaction[];
}

/** An event of a contract, raw: whoever knows the contract decodes it. */
export interface ChainLog {
  readonly contract: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: number;
}

export interface ChainReceipt {
  readonly transactionHash: Hex;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
  /** What a chain on top of another one takes beside its gas, for the room there (OP stack); absent elsewhere. */
  readonly l1FeeWei?: bigint;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
}

/** One read of the three tags, from the best endpoint, with what the others say of the finalized block. */
export interface Tags extends ChainView {
  readonly headHash: Hex;
  readonly safeNumber: bigint;
  readonly finalizedHash: Hex;
}

/** What an endpoint said to a signed transaction, in our words. */
export type BroadcastOutcome =
  /** In its pool, now or before: safe to hand in again at any time. */
  | 'ACCEPTED'
  /** Its nonce is used up: some transaction with it is in a block; which one, receipts tell. */
  | 'NONCE_USED'
  /** Another with its nonce pays so much that this one does not replace it. */
  | 'UNDERPRICED'
  /** The sender cannot pay value and gas now. */
  | 'INSUFFICIENT_FUNDS'
  /** It will never be accepted as it is: malformed, another chain, too much gas. */
  | 'INVALID'
  /** Nobody answered, or not in time: it may be in a pool or not. */
  | 'UNKNOWN';

export interface EndpointHealth {
  /** The host of its URL and a number where two share one: never the URL, which may hold a key. */
  readonly name: string;
  readonly status: 'HEALTHY' | 'LAGGING' | 'FAULTY' | 'UNREACHABLE';
  /** Of its last answers, smoothed; null before the first. */
  readonly latencyMs: number | null;
  readonly blocksBehind: number | null;
}

/** Thrown by every method when no endpoint gave a usable answer in time. Retrying is always safe. */
export class ChainUnreachableError extends Error {
  override readonly name = 'ChainUnreachableError';
}

/**
 * One chain behind one or more endpoints. Answers may still be behind or wrong where all endpoints are: the follower
 * checks what it is told against what it has stored.
 */
export interface ChainClient extends BlockSource {
  tags(): Promise<Tags>;
  /** @param hash of the block, so that its transactions are those of this block and of no other at its height */
  fullBlock(hash: Hex): Promise<FullBlock | null>;
  /**
   * Logs of one block, by its hash: the same from two endpoints where two answer.
   *
   * @param topics as eth_getLogs takes them
   */
  logsOf(
    hash: Hex,
    contracts: readonly Address[],
    topics: readonly (Hex | readonly Hex[] | null)[],
  ): Promise<readonly ChainLog[]>;
  /** In the order asked for; null for those that are in no block. One batch, bounded by `RECEIPTS_MAX`. */
  receipts(hashes: readonly Hex[]): Promise<readonly (ChainReceipt | null)[]>;
  /** Of `contract` (null: the coin) at the end of the block, in the order asked for. */
  balances(
    contract: Address | null,
    owners: readonly Address[],
    at: { readonly blockNumber: bigint } | 'latest',
  ): Promise<readonly bigint[]>;
  /** Number of transactions of `owner` that are in blocks up to that one. */
  nonceOf(owner: Address, at: { readonly blockNumber: bigint } | 'latest'): Promise<bigint>;
  /** eth_call. @throws {ChainUnreachableError}; a revert is `null` */
  call(to: Address, data: Hex, at: { readonly blockNumber: bigint } | 'latest'): Promise<Hex | null>;
  /** Gas that a call would use; null when it would revert. */
  estimateGas(call: {
    readonly from: Address;
    readonly to: Address;
    readonly valueWei: bigint;
    readonly data: Hex;
  }): Promise<bigint | null>;
  /** A tip that recent blocks took in, in wei for each unit of gas. */
  priorityFeePerGasWei(): Promise<bigint>;
  /** Hands the bytes to every endpoint; the best of their answers. Safe to repeat. */
  broadcast(raw: Hex): Promise<BroadcastOutcome>;
  /** Chain id that every reachable endpoint names. @throws when one names another than the others */
  chainId(): Promise<number>;
  /** Calls back soon after each new block where an endpoint tells them (WebSocket), as a hint only; null where none does. */
  onHead(listener: () => void): { close(): void };
  health(): readonly EndpointHealth[];
  close(): Promise<void>;
}
