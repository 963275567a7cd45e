import { localContracts } from '../localContracts.ts';
import { COIN, DOLLAR, GWEI, type NetworkDefinition } from './definition.ts';

/** The development chain that `omsx up` brings along: blocks of one second, keys that everybody knows. */
export const local: NetworkDefinition = {
  code: 'LOCAL',
  chainId: 31_337,
  endpointsMin: 1,
  explorerUrl: null,
  blockTimeMs: 1_000,
  nativeAsset: 'ETH',
  assets: [
    {
      asset: 'USDC',
      contract: localContracts.usdc,
      scale: 6,
      depositMinimumMinor: DOLLAR / 100n,
      transfersExactly: true,
      hasAuthorizations: true,
      sweepFromMinor: DOLLAR,
      perTransactionMinorMax: 1_000_000n * DOLLAR,
      perDayMinorMax: 100_000_000n * DOLLAR,
    },
    {
      asset: 'ETH',
      contract: null,
      scale: 18,
      depositMinimumMinor: COIN / 10_000n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: COIN / 100n,
      perTransactionMinorMax: 1_000n * COIN,
      perDayMinorMax: 10_000n * COIN,
    },
  ],
  multisend: localContracts.multisend,
  finality: {
    agreementsMin: 2,
    // `finalized` is two blocks behind: everything is final within three seconds, and large sums can be watched.
    steps: [
      { belowMinor: 1_000n * DOLLAR, confirmationsMin: 1 },
      { belowMinor: null, confirmationsMin: 5 },
    ],
    finalizedAgeMaxMs: 60_000,
  },
  fees: {
    priorityFeePerGasWeiMin: GWEI,
    maxFeePerGasWeiMax: 500n * GWEI,
    transactionFeeWeiMax: COIN,
    bumpPerMille: 125,
    bumpAfterBlocks: 3,
    bumpsMax: 5,
  },
  gas: { refillBelowWei: COIN / 10n, refillWei: COIN },
  // A node of our own keeps as many of one sender as it is given.
  inFlightMax: 128,
};
