import type { Address, Hex } from 'viem';
import { present } from '../../platform/invariant.ts';
import type { FeePolicy, NetworkConfig } from './network.ts';
import { transferCall } from './plan/calls.ts';
import { type ChainClient, ChainUnreachableError } from './rpc/chainReader.ts';
import { COIN_TRANSFER_GAS, gasLimitOf, TOKEN_TRANSFER_GAS } from './usualGas.ts';

/** What a transaction offers, in wei for each unit of gas. */
export interface Fees {
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  /** What it would pay in the next block. */
  readonly expectedPerGasWei: bigint;
  /** False while blocks ask for more than the policy gives: a transaction would only stop those behind it. */
  readonly isEnough: boolean;
}

/**
 * Twice the base fee and the tip: base fees rise by an eighth a block at most, so that is good for six full blocks.
 *
 * @param baseFeeWei of the newest block; 0 where blocks have none
 * @param tipWei that recent blocks took in
 */
export function suggestFees(
  baseFeeWei: bigint,
  tipWei: bigint,
  policy: Pick<FeePolicy, 'priorityFeePerGasWeiMin' | 'maxFeePerGasWeiMax'>,
): Fees {
  const capWei = policy.maxFeePerGasWeiMax;
  const wantedWei = tipWei > policy.priorityFeePerGasWeiMin ? tipWei : policy.priorityFeePerGasWeiMin;
  const maxFeePerGasWei = least(2n * baseFeeWei + wantedWei, capWei);
  const maxPriorityFeePerGasWei = least(wantedWei, maxFeePerGasWei);
  return {
    maxFeePerGasWei,
    maxPriorityFeePerGasWei,
    expectedPerGasWei: least(baseFeeWei + maxPriorityFeePerGasWei, maxFeePerGasWei),
    isEnough: baseFeeWei + policy.priorityFeePerGasWeiMin <= capWei,
  };
}

/** Fees as of a block. @throws {ChainUnreachableError}, also when the block is gone by now; safe to retry */
export async function readFees(client: ChainClient, headHash: Hex, policy: FeePolicy): Promise<Fees> {
  const [block, tipWei] = await Promise.all([client.fullBlock(headHash), client.priorityFeePerGasWei()]);
  if (block === null) throw new ChainUnreachableError('the newest block is gone again');
  return suggestFees(block.baseFeePerGasWei ?? 0n, tipWei, policy);
}

export interface SendEstimate {
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  /** In the next block. */
  readonly expectedWei: bigint;
  /** Not more than this, unless it is replaced. */
  readonly mostWei: bigint;
  /** False where the chain refused to try it (the money is not at that address yet) and a usual figure stands in. */
  readonly isMeasured: boolean;
}

/**
 * What a send would cost as a transaction of its own.
 *
 * @param send `asset` is a code of `network.assets`; the amount in its minor units
 * @throws {ChainUnreachableError}; safe to retry
 */
export async function estimateSend(
  client: ChainClient,
  network: NetworkConfig,
  send: {
    readonly asset: string;
    readonly from: Address;
    readonly to: Address;
    readonly amountMinor: bigint;
  },
): Promise<SendEstimate> {
  const { contract } = present(
    network.assets.find(({ asset }) => asset === send.asset),
    `${send.asset} on ${network.code}`,
  );
  const [fees, gas] = await Promise.all([
    client.tags().then(({ headHash }) => readFees(client, headHash, network.fees)),
    client.estimateGas({ from: send.from, ...transferCall(contract, send.to, send.amountMinor) }),
  ]);
  const gasLimit = gasLimitOf(gas ?? (contract === null ? COIN_TRANSFER_GAS : TOKEN_TRANSFER_GAS));
  return {
    gasLimit,
    maxFeePerGasWei: fees.maxFeePerGasWei,
    expectedWei: gasLimit * fees.expectedPerGasWei,
    mostWei: gasLimit * fees.maxFeePerGasWei,
    isMeasured: gas !== null,
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
