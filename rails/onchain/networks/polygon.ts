import { COIN, DOLLAR, GWEI, type NetworkDefinition } from './definition.ts';

export const polygon: NetworkDefinition = {
  code: 'POLYGON',
  chainId: 137,
  endpointsMin: 2,
  explorerUrl: 'https://polygonscan.com',
  blockTimeMs: 2_000,
  nativeAsset: 'POL',
  assets: [
    {
      asset: 'USDC',
      // Circle's own, not the bridged one (USDC.e, 0x2791...), which is another asset.
      contract: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
      scale: 6,
      depositMinimumMinor: DOLLAR / 100n,
      transfersExactly: true,
      hasAuthorizations: true,
      sweepFromMinor: DOLLAR,
      perTransactionMinorMax: 100_000n * DOLLAR,
      perDayMinorMax: 1_000_000n * DOLLAR,
    },
    {
      asset: 'USDT',
      contract: '0xc2132D05D31c914a87C6611C10748AEb04B58e8F',
      scale: 6,
      depositMinimumMinor: DOLLAR / 100n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: 10n * DOLLAR,
      perTransactionMinorMax: 100_000n * DOLLAR,
      perDayMinorMax: 1_000_000n * DOLLAR,
    },
    {
      asset: 'POL',
      contract: null,
      scale: 18,
      depositMinimumMinor: COIN / 100n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: 5n * COIN,
      perTransactionMinorMax: 100_000n * COIN,
      perDayMinorMax: 1_000_000n * COIN,
    },
  ],
  multisend: null,
  finality: {
    agreementsMin: 2,
    // Beside the milestone, which takes 2 to 5 seconds and was once taken back (September 2025). In units of the dollar
    // tokens; the coin counts in wei, so that all of it but dust falls under the last step.
    steps: [
      // What Circle's Gateway waits for.
      { belowMinor: 1_000n * DOLLAR, confirmationsMin: 3 },
      // As CCTP does, for sums whose loss would hurt.
      { belowMinor: 50_000n * DOLLAR, confirmationsMin: 33 },
      // As long as exchanges wait: four minutes, in which a person sees that something is wrong.
      { belowMinor: null, confirmationsMin: 128 },
    ],
    finalizedAgeMaxMs: 60_000,
  },
  fees: {
    // Nodes refuse less than 25 gwei.
    priorityFeePerGasWeiMin: 30n * GWEI,
    maxFeePerGasWeiMax: 5_000n * GWEI,
    transactionFeeWeiMax: 10n * COIN,
    bumpPerMille: 125,
    bumpAfterBlocks: 8,
    bumpsMax: 5,
  },
  gas: { refillBelowWei: 2n * COIN, refillWei: 10n * COIN },
  // Nodes promise room for 16 of one sender.
  inFlightMax: 16,
};
