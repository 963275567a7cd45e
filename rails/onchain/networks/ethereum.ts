import { COIN, DOLLAR, GWEI, type NetworkDefinition } from './definition.ts';

export const ethereum: NetworkDefinition = {
  code: 'ETHEREUM',
  chainId: 1,
  endpointsMin: 2,
  explorerUrl: 'https://etherscan.io',
  blockTimeMs: 12_000,
  nativeAsset: 'ETH',
  assets: [
    {
      asset: 'USDC',
      contract: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
      scale: 6,
      // Moving it on costs more than it is worth.
      depositMinimumMinor: DOLLAR,
      transfersExactly: true,
      hasAuthorizations: true,
      sweepFromMinor: 100n * DOLLAR,
      perTransactionMinorMax: 100_000n * DOLLAR,
      perDayMinorMax: 1_000_000n * DOLLAR,
    },
    {
      asset: 'USDT',
      contract: '0xdAC17F958D2ee523a2206206994597C13D831ec7',
      scale: 6,
      depositMinimumMinor: DOLLAR,
      // Its owner may switch a fee on that is taken out of each transfer.
      transfersExactly: false,
      hasAuthorizations: false,
      sweepFromMinor: 200n * DOLLAR,
      perTransactionMinorMax: 100_000n * DOLLAR,
      perDayMinorMax: 1_000_000n * DOLLAR,
    },
    {
      asset: 'ETH',
      contract: null,
      scale: 18,
      depositMinimumMinor: COIN / 1_000n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: COIN / 20n,
      perTransactionMinorMax: 50n * COIN,
      perDayMinorMax: 500n * COIN,
    },
  ],
  multisend: null,
  finality: {
    agreementsMin: 2,
    // Two epochs are final, which is 64 blocks and more: confirmations add nothing but time to see an accident.
    steps: [
      { belowMinor: 1_000_000n * DOLLAR, confirmationsMin: 1 },
      { belowMinor: null, confirmationsMin: 96 },
    ],
    // Finality takes 13 to 19 minutes when all is well.
    finalizedAgeMaxMs: 1_800_000,
  },
  fees: {
    priorityFeePerGasWeiMin: GWEI / 10n,
    maxFeePerGasWeiMax: 300n * GWEI,
    transactionFeeWeiMax: COIN / 10n,
    bumpPerMille: 125,
    bumpAfterBlocks: 4,
    bumpsMax: 5,
  },
  gas: { refillBelowWei: COIN / 50n, refillWei: COIN / 20n },
  inFlightMax: 16,
};
