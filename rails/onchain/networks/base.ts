import { COIN, DOLLAR, GWEI, type NetworkDefinition } from './definition.ts';

export const base: NetworkDefinition = {
  code: 'BASE',
  chainId: 8_453,
  endpointsMin: 2,
  explorerUrl: 'https://basescan.org',
  blockTimeMs: 2_000,
  nativeAsset: 'ETH',
  assets: [
    {
      asset: 'USDC',
      contract: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
      scale: 6,
      depositMinimumMinor: DOLLAR / 100n,
      transfersExactly: true,
      hasAuthorizations: true,
      sweepFromMinor: DOLLAR,
      perTransactionMinorMax: 100_000n * DOLLAR,
      perDayMinorMax: 1_000_000n * DOLLAR,
    },
    {
      asset: 'ETH',
      contract: null,
      scale: 18,
      depositMinimumMinor: COIN / 100_000n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: COIN / 1_000n,
      perTransactionMinorMax: 50n * COIN,
      perDayMinorMax: 500n * COIN,
    },
  ],
  multisend: null,
  finality: {
    agreementsMin: 2,
    // A block is final once Ethereum has finalized what it was derived from: some 600 blocks, so that confirmations
    // add nothing, but for the largest sums half an hour more or less for a person to look.
    steps: [
      { belowMinor: 1_000_000n * DOLLAR, confirmationsMin: 1 },
      { belowMinor: null, confirmationsMin: 1_200 },
    ],
    finalizedAgeMaxMs: 3_600_000,
  },
  fees: {
    priorityFeePerGasWeiMin: GWEI / 1_000n,
    maxFeePerGasWeiMax: 50n * GWEI,
    transactionFeeWeiMax: COIN / 100n,
    bumpPerMille: 125,
    bumpAfterBlocks: 10,
    bumpsMax: 5,
  },
  gas: { refillBelowWei: COIN / 500n, refillWei: COIN / 200n },
  inFlightMax: 16,
};
