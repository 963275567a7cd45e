import type { Address, Hex } from 'viem';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Fees } from '../fees.ts';
import type { NetworkAsset, NetworkConfig } from '../network.ts';
import { COIN_TRANSFER_GAS } from '../usualGas.ts';
import { transferCall } from './calls.ts';
import type { PlannedTransaction } from './planView.ts';
import type { QueuedSweep, SweepCandidate } from './readSweeps.ts';
import type { NewSweep } from './writePlan.ts';

/** How long a signed authorization may be used. */
export const AUTHORIZATION_SECONDS = 3_600n;
/** One that has less left is not begun with: its transaction might be mined too late. */
const REMAINING_SECONDS_MIN = 300n;
/** Others of an organization that were asked for at the same time are waited for, to go in one transaction. */
const SIGNATURES_WAIT_MS = 10_000;
/** Sweeps that one round begins. */
export const NEW_SWEEPS_MAX = 200;

export type SweepStep =
  /** The authorization was used, by whomever; what it moved is at custody. */
  | 'USED'
  /** It cannot be used any more, if it has not been. */
  | 'EXPIRED'
  | 'READY'
  | 'WAIT';

/**
 * What to do with a sweep that goes by an authorization. Pure.
 *
 * @param finalizedSeconds the time in the finalized block: what has expired there, no later block takes
 */
export function decideSweepStep(sweep: QueuedSweep, finalizedSeconds: bigint, nowSeconds: bigint): SweepStep {
  if (sweep.state === 'USED') return 'USED';
  const validBefore = sweep.valid_before_seconds ?? 0n;
  if (validBefore <= finalizedSeconds) return 'EXPIRED';
  if (sweep.state !== 'SIGNED') return 'WAIT';
  return validBefore - nowSeconds >= REMAINING_SECONDS_MIN ? 'READY' : 'WAIT';
}

/** Those of one organization and asset that go now: none while signatures are under way that could go with them. */
export function readyOf(
  sweeps: readonly QueuedSweep[],
  isReady: (sweep: QueuedSweep) => boolean,
  nowMs: number,
): readonly QueuedSweep[] {
  const isEarly = sweeps.some(
    ({ state, asked_at }) =>
      state === 'ASKED' && asked_at !== null && nowMs - asked_at.getTime() < SIGNATURES_WAIT_MS,
  );
  return isEarly ? [] : sweeps.filter(isReady);
}

export interface NewSweepsView {
  readonly network: NetworkConfig;
  readonly fees: Fees;
  readonly nowSeconds: bigint;
  readonly candidates: readonly (SweepCandidate & { readonly balanceMinor: bigint })[];
  /** By organization: gas that it has paid for and not used, in wei. */
  readonly gasWei: ReadonlyMap<Uuid, bigint>;
  /** 32 random bytes. */
  readonly randomNonce: () => Hex;
}

export interface NewSweeps {
  readonly sweeps: readonly NewSweep[];
  /** Of coins, which go at once: amount and fee were made for each other. */
  readonly transactions: readonly PlannedTransaction[];
  /** Custody addresses whose organization has not paid for the gas of a coin's sweep. */
  readonly refills: readonly Address[];
}

/** Which deposit addresses to sweep, and how. Pure but for ids and the nonces that it is given. */
export function decideNewSweeps(view: NewSweepsView): NewSweeps {
  const sweeps: NewSweep[] = [];
  const transactions: PlannedTransaction[] = [];
  const refills = new Set<Address>();
  const gasWei = new Map(view.gasWei);
  for (const candidate of view.candidates) {
    if (sweeps.length >= NEW_SWEEPS_MAX) break;
    const asset = view.network.assets.find((one) => one.asset === candidate.asset);
    if (asset === undefined || !isWorthIt(candidate, asset)) continue;
    if (asset.contract !== null) {
      sweeps.push(sweepOf(view, candidate, asset));
      continue;
    }
    const transaction = coinTransaction(view, candidate, asset);
    if (transaction === null) continue;
    const costWei = COIN_TRANSFER_GAS * transaction.maxFeePerGasWei;
    const paidWei = gasWei.get(candidate.organization_id) ?? 0n;
    if (paidWei < costWei) {
      refills.add(candidate.custody);
      continue;
    }
    gasWei.set(candidate.organization_id, paidWei - costWei);
    const sweep = { ...sweepOf(view, candidate, asset), amountMinor: transaction.call.valueWei };
    sweeps.push(sweep);
    transactions.push({ ...transaction, sendIds: [sweep.id] });
  }
  return { sweeps, transactions, refills: [...refills] };
}

function isWorthIt(
  { balanceMinor, is_urgent }: NewSweepsView['candidates'][number],
  { sweepFromMinor }: NetworkAsset,
): boolean {
  return balanceMinor > 0n && (is_urgent || balanceMinor >= sweepFromMinor);
}

function sweepOf(
  { network, nowSeconds, randomNonce }: NewSweepsView,
  candidate: NewSweepsView['candidates'][number],
  asset: NetworkAsset,
): NewSweep {
  const { contract, hasAuthorizations } = asset;
  return {
    id: newUuid(),
    organizationId: candidate.organization_id,
    asset: candidate.asset,
    from: candidate.address,
    to: candidate.custody,
    amountMinor: least(candidate.balanceMinor, asset.perTransactionMinorMax),
    authorization:
      contract !== null && hasAuthorizations && network.multisend !== null
        ? { contract, nonce: randomNonce(), validBeforeSeconds: nowSeconds + AUTHORIZATION_SECONDS }
        : null,
  };
}

/**
 * All coins of an address but exactly the gas. The tip is the whole of the fee, so that the price is what was reckoned
 * with and not a wei less; nothing is left behind. Null where the gas would cost more than it brings.
 */
function coinTransaction(
  { fees, network }: NewSweepsView,
  candidate: NewSweepsView['candidates'][number],
  asset: NetworkAsset,
): PlannedTransaction | null {
  // A Wallet of a token gets coins for its own gas, which stay.
  if (candidate.wallet_asset !== network.nativeAsset || !fees.isEnough) return null;
  const costWei = COIN_TRANSFER_GAS * fees.maxFeePerGasWei;
  const amountWei = least(candidate.balanceMinor - costWei, asset.perTransactionMinorMax);
  if (amountWei <= costWei || costWei > network.fees.transactionFeeWeiMax) return null;
  return {
    kind: 'TRANSFER',
    organizationId: candidate.organization_id,
    from: candidate.address,
    sendIds: [],
    call: transferCall(null, candidate.custody, amountWei),
    gasLimit: COIN_TRANSFER_GAS,
    maxFeePerGasWei: fees.maxFeePerGasWei,
    maxPriorityFeePerGasWei: fees.maxFeePerGasWei,
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
