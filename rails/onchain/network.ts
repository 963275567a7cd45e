import type { Address } from 'viem';
import type { FinalityPolicy } from './finality.ts';

/** An Asset as a Network carries it. Amounts are minor units, wei for the coin. */
export interface NetworkAsset {
  /** Code of the Asset in the ledger's catalogue. */
  readonly asset: string;
  /** Null for the coin of the Network. */
  readonly contract: Address | null;
  /** Decimals that the contract says, which must be the Asset's own. */
  readonly scale: number;
  /** What arrives below it is booked to SUSPENSE and opens no Transaction. */
  readonly depositMinimumMinor: bigint;
  /** False for a token that may deliver less than its events say: each deposit is then checked by balances. */
  readonly transfersExactly: boolean;
  /** EIP-3009. */
  readonly hasAuthorizations: boolean;
  /** A deposit address is swept from this much on, or when somebody waits for it. */
  readonly sweepFromMinor: bigint;
  /** What the signer lets one signature move. */
  readonly perTransactionMinorMax: bigint;
  /** What the signer lets one address move in one day (UTC). */
  readonly perDayMinorMax: bigint;
}

/** What transactions may cost, in wei. */
export interface FeePolicy {
  readonly priorityFeePerGasWeiMin: bigint;
  /** No attempt pays more for a unit of gas. */
  readonly maxFeePerGasWeiMax: bigint;
  /** No transaction costs more. */
  readonly transactionFeeWeiMax: bigint;
  /** What a replacement adds to both fees; nodes ask for 100 at least. */
  readonly bumpPerMille: number;
  /** Blocks that a transaction is left alone before it is replaced. */
  readonly bumpAfterBlocks: number;
  /** Replacements of one transaction that are made by themselves. */
  readonly bumpsMax: number;
}

/** When addresses get coins for gas, in wei. */
export interface GasPolicy {
  /** A custody address that can pay less than this ahead is refilled... */
  readonly refillBelowWei: bigint;
  /** ...with this much. */
  readonly refillWei: bigint;
}

/** A chain that speaks the Ethereum JSON-RPC, as the configuration has it. */
export interface NetworkConfig {
  /** Code of the Network, such as `POLYGON`. */
  readonly code: string;
  readonly chainId: number;
  /** HTTP endpoints, two or more where money is worth anything. They may hold keys: neither logged nor stored. */
  readonly rpcUrls: readonly string[];
  /** Base of links to a block explorer, without a slash at its end; null where there is none. */
  readonly explorerUrl: string | null;
  readonly blockTimeMs: number;
  /** Code of the Asset that is the coin. */
  readonly nativeAsset: string;
  readonly assets: readonly NetworkAsset[];
  /** Our multisend contract; null: each send is a transaction of its own. */
  readonly multisend: Address | null;
  readonly finality: FinalityPolicy;
  readonly fees: FeePolicy;
  readonly gas: GasPolicy;
  /** Transactions of one address that may wait for a block at once; nodes keep few of one sender. */
  readonly inFlightMax: number;
}
