const PER_MILLE = 1_000n;
/** Added to an estimate: what a contract uses may change a little until the block that takes it. */
const GAS_MARGIN_PER_MILLE = 200n;
/** A plain coin transfer to an address without code uses exactly this. */
export const COIN_TRANSFER_GAS = 21_000n;
/** What a token's transfer to a new holder uses at most with the tokens that are in use. */
export const TOKEN_TRANSFER_GAS = 80_000n;

/** An estimate with its margin. The coin's own 21,000 are exact and need none. */
export function gasLimitOf(estimate: bigint): bigint {
  if (estimate === COIN_TRANSFER_GAS) return estimate;
  return estimate + (estimate * GAS_MARGIN_PER_MILLE) / PER_MILLE;
}

/**
 * What a send costs in the next block by the figures that are usual, for a price that is named before there is anything
 * to estimate.
 *
 * @param baseFeeWei of the newest block, for each unit of gas; 0 where blocks have none
 * @param tipWei for each unit of gas
 */
export function usualSendWei(baseFeeWei: bigint, tipWei: bigint, isToken: boolean): bigint {
  return gasLimitOf(isToken ? TOKEN_TRANSFER_GAS : COIN_TRANSFER_GAS) * (baseFeeWei + tipWei);
}
