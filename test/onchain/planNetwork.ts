import { parseEther } from 'viem';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { NetworkConfig } from '../../rails/onchain/network.ts';

export const CODE = 'LOCAL';

/** The local chain with its coin and its token. */
export function networkOf(rpcUrl: string, change: Partial<NetworkConfig> = {}): NetworkConfig {
  const limits = { perTransactionMinorMax: 10n ** 30n, perDayMinorMax: 10n ** 30n, transfersExactly: true };
  return {
    code: CODE,
    chainId: 31_337,
    rpcUrls: [rpcUrl],
    explorerUrl: null,
    blockTimeMs: 1_000,
    nativeAsset: 'POL',
    assets: [
      {
        asset: 'POL',
        contract: null,
        scale: 18,
        depositMinimumMinor: 1n,
        hasAuthorizations: false,
        sweepFromMinor: parseEther('1'),
        ...limits,
      },
      {
        asset: 'USDC',
        contract: localContracts.usdc,
        scale: 6,
        depositMinimumMinor: 1n,
        hasAuthorizations: true,
        sweepFromMinor: 1_000n,
        ...limits,
      },
    ],
    multisend: localContracts.multisend,
    finality: {
      agreementsMin: 1,
      steps: [{ belowMinor: null, confirmationsMin: 1 }],
      finalizedAgeMaxMs: 3_600_000,
    },
    fees: {
      priorityFeePerGasWeiMin: 1n,
      maxFeePerGasWeiMax: 10n ** 12n,
      transactionFeeWeiMax: parseEther('1'),
      bumpPerMille: 125,
      bumpAfterBlocks: 5,
      bumpsMax: 5,
    },
    gas: { refillBelowWei: parseEther('0.05'), refillWei: parseEther('1') },
    inFlightMax: 4,
    ...change,
  };
}
