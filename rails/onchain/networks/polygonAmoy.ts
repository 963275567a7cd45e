import { COIN, DOLLAR, GWEI, type NetworkDefinition } from './definition.ts';

/** Nothing on it has worth. */
export const polygonAmoy: NetworkDefinition = {
  code: 'POLYGON_AMOY',
  chainId: 80_002,
  endpointsMin: 1,
  explorerUrl: 'https://amoy.polygonscan.com',
  blockTimeMs: 2_000,
  nativeAsset: 'POL',
  assets: [
    {
      asset: 'USDC',
      contract: '0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582',
      scale: 6,
      depositMinimumMinor: DOLLAR / 100n,
      transfersExactly: true,
      hasAuthorizations: true,
      sweepFromMinor: DOLLAR,
      perTransactionMinorMax: 10_000n * DOLLAR,
      perDayMinorMax: 100_000n * DOLLAR,
    },
    {
      asset: 'POL',
      contract: null,
      scale: 18,
      depositMinimumMinor: COIN / 1_000n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: COIN / 2n,
      perTransactionMinorMax: 100n * COIN,
      perDayMinorMax: 1_000n * COIN,
    },
  ],
  multisend: null,
  finality: {
    agreementsMin: 2,
    // As on Polygon, so that what is tried here is what happens there; without the wait for large sums.
    steps: [
      { belowMinor: 1_000n * DOLLAR, confirmationsMin: 3 },
      { belowMinor: null, confirmationsMin: 33 },
    ],
    // Its milestones stop more often.
    finalizedAgeMaxMs: 300_000,
  },
  fees: {
    priorityFeePerGasWeiMin: 30n * GWEI,
    maxFeePerGasWeiMax: 5_000n * GWEI,
    transactionFeeWeiMax: 5n * COIN,
    bumpPerMille: 125,
    bumpAfterBlocks: 8,
    bumpsMax: 5,
  },
  gas: { refillBelowWei: COIN / 5n, refillWei: COIN },
  inFlightMax: 16,
};
