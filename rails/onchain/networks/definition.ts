import type { NetworkConfig } from '../network.ts';

/** A Network as this repository or an operator describes it: all of its configuration but the endpoints. */
export interface NetworkDefinition extends Omit<NetworkConfig, 'rpcUrls'> {
  /** Endpoints that it is connected with at least: 2 where money is worth anything, as one alone can lie unnoticed. */
  readonly endpointsMin: number;
}

/**
 * Assets that a Network may carry, with the scale that the ledger's catalogue has for them (migrations/0003-ledger.sql).
 * A contract whose decimals are others is another asset.
 */
export const ASSET_SCALES: ReadonlyMap<string, number> = new Map([
  ['USDC', 6],
  ['USDT', 6],
  ['POL', 18],
  ['ETH', 18],
]);

/** Minor units of one unit of a dollar token with 6 decimals. */
export const DOLLAR = 1_000_000n;
/** Wei of one coin, and of a billionth of one. */
export const COIN = 10n ** 18n;
export const GWEI = 10n ** 9n;
