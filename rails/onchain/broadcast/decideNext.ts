import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { FeePolicy } from '../network.ts';
import type { BroadcastOutcome } from '../rpc/chainReader.ts';

/** A ChainTransaction that has its nonce and is in no block. */
export interface OpenTransaction {
  readonly id: Uuid;
  readonly from: Address;
  readonly nonce: bigint;
  readonly kind: 'TRANSFER' | 'MULTISEND' | 'SWEEP' | 'APPROVAL';
  readonly state: 'SIGNED' | 'BROADCAST';
  /** Any of its sends asks for it. */
  readonly isCancelAsked: boolean;
  readonly isAccelerateAsked: boolean;
  /** In the order of their numbers. */
  readonly attempts: readonly OpenAttempt[];
}

export interface OpenAttempt {
  readonly number: number;
  readonly purpose: 'FIRST' | 'BUMP' | 'CANCEL';
  readonly state: 'ASKED' | 'SIGNED' | 'REFUSED';
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** When an attempt was handed to the endpoints, by the number of the chain's head, and what they said. */
export interface Handed {
  readonly number: number;
  readonly firstAtHead: bigint;
  readonly lastAtHead: bigint;
  readonly outcome: BroadcastOutcome;
}

/** What is known of the chain when it is decided. */
export interface BroadcastView {
  readonly headNumber: bigint;
  /** No transaction of the address with a lower nonce is open. */
  readonly isFirstOfLane: boolean;
  /** Of the attempt that was handed in last; null before. */
  readonly handed: Handed | null;
  /** Read only when something is to be replaced (`needsMarket`); null before. */
  readonly market: Market | null;
}

export interface Market {
  readonly baseFeePerGasWei: bigint;
  readonly priorityFeePerGasWei: bigint;
  /** Nonces of the address that are used up in blocks: its transactions below are included, whatever we know of it. */
  readonly noncesUsed: bigint;
}

export interface Replacement {
  readonly number: number;
  readonly purpose: 'BUMP' | 'CANCEL';
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

export interface NextStep {
  /** The attempt to hand to the endpoints now. */
  readonly hand: number | null;
  readonly ask: Replacement | null;
  /** Whether what its sends asked for is answered, by `ask` or by there being nothing to do. */
  readonly clearsAsked: boolean;
  /** It may be replaced; decide again with the market. */
  readonly needsMarket: boolean;
}

/** Blocks after which the same bytes are handed in again: a pool may have dropped them, or never have had them. */
export const REBROADCAST_BLOCKS = 3n;
/** What taking up a nonce with nothing costs. */
export const CANCEL_GAS = 21_000n;
const PER_MILLE = 1_000n;

/** What is next for a transaction. Pure. Nothing here has a nonce: a replacement is one of the same transaction. */
export function decideNext(transaction: OpenTransaction, view: BroadcastView, policy: FeePolicy): NextStep {
  const wanted = wantedOf(transaction, view, policy);
  const hand = attemptToHand(transaction, view, wanted === 'CANCEL');
  const isAsked = transaction.isCancelAsked || transaction.isAccelerateAsked;
  // One at a time; what is asked for meanwhile is decided when that one is signed.
  const isOpen = transaction.attempts.some(({ state }) => state === 'ASKED');
  if (isOpen) return { hand, ask: null, clearsAsked: false, needsMarket: false };
  if (wanted === null) return { hand, ask: null, clearsAsked: isAsked, needsMarket: false };
  if (view.market === null) return { hand, ask: null, clearsAsked: false, needsMarket: true };
  const isUsed = transaction.nonce < view.market.noncesUsed;
  const ask = isUsed ? null : replacementOf(transaction, wanted, view.market, policy);
  return { hand, ask, clearsAsked: isAsked, needsMarket: false };
}

function newestSigned({ attempts }: OpenTransaction): OpenAttempt | undefined {
  return attempts.findLast(({ state }) => state === 'SIGNED');
}

function attemptToHand(
  transaction: OpenTransaction,
  { headNumber, handed }: BroadcastView,
  isCancelWanted: boolean,
): number | null {
  const newest = newestSigned(transaction);
  if (newest === undefined) return null;
  if (handed === null || handed.number !== newest.number) {
    // What nobody has seen yet need not be seen at all.
    const isCancelOpen = transaction.attempts.some(
      (one) => one.state === 'ASKED' && one.purpose === 'CANCEL',
    );
    const isUnseen = transaction.state === 'SIGNED' && newest.purpose === 'FIRST' && handed === null;
    return isUnseen && (isCancelOpen || isCancelWanted) ? null : newest.number;
  }
  const isTaken = mayPass(handed.outcome);
  const isDue = isTaken
    ? headNumber >= handed.lastAtHead + REBROADCAST_BLOCKS
    : headNumber > handed.lastAtHead;
  // A head that went back is another chain, whose pools may not have it.
  return isDue || headNumber < handed.lastAtHead ? newest.number : null;
}

/** Whether the transaction with the next nonce may be handed in: this one is in a pool, or its nonce is used up. */
export function mayPass(outcome: BroadcastOutcome): boolean {
  return outcome === 'ACCEPTED' || outcome === 'NONCE_USED' || outcome === 'UNDERPRICED';
}

function wantedOf(
  transaction: OpenTransaction,
  view: BroadcastView,
  policy: FeePolicy,
): Replacement['purpose'] | null {
  const newest = newestSigned(transaction);
  if (newest === undefined) return null;
  const hasCancel = transaction.attempts.some(
    ({ purpose, state }) => purpose === 'CANCEL' && state !== 'REFUSED',
  );
  // Of several payments in one transaction none can be taken out any more.
  if (transaction.isCancelAsked && transaction.kind === 'TRANSFER' && !hasCancel) return 'CANCEL';
  const again = newest.purpose === 'CANCEL' ? 'CANCEL' : 'BUMP';
  if (transaction.isAccelerateAsked) return again;
  const { handed } = view;
  if (handed === null || handed.number !== newest.number) return null;
  // No node will ever take it, but its nonce has to be taken.
  if (handed.outcome === 'INVALID')
    return transaction.attempts.some(({ purpose }) => purpose === 'CANCEL') ? null : 'CANCEL';
  if (handed.outcome === 'NONCE_USED' || handed.outcome === 'INSUFFICIENT_FUNDS') return null;
  const isOverdue = view.headNumber - handed.firstAtHead >= BigInt(policy.bumpAfterBlocks);
  const isLeft = transaction.attempts.length - 1 < policy.bumpsMax;
  if (!isOverdue || !isLeft) return null;
  // What waits for a lower nonce is not helped by paying more, unless blocks ask for more than it offers.
  const isTooCheap = view.market === null || newest.maxFeePerGasWei < view.market.baseFeePerGasWei;
  return view.isFirstOfLane || isTooCheap ? again : null;
}

/** Null when the caps leave no replacement that nodes would take. */
function replacementOf(
  { attempts }: OpenTransaction,
  purpose: Replacement['purpose'],
  market: Market,
  policy: FeePolicy,
): Replacement | null {
  const signed = attempts.filter(({ state }) => state === 'SIGNED');
  const first = signed[0];
  const last = attempts.at(-1);
  if (first === undefined || last === undefined) return null;
  const gasLimit = purpose === 'CANCEL' ? CANCEL_GAS : first.gasLimit;
  const leastFee = raised(
    signed.map(({ maxFeePerGasWei }) => maxFeePerGasWei),
    policy,
  );
  const leastTip = raised(
    signed.map(({ maxPriorityFeePerGasWei }) => maxPriorityFeePerGasWei),
    policy,
  );
  const cap = least(policy.maxFeePerGasWeiMax, policy.transactionFeeWeiMax / gasLimit);
  if (leastFee > cap) return null;
  const marketTip = most(market.priorityFeePerGasWei, policy.priorityFeePerGasWeiMin);
  // Base fees rise by an eighth a block at most: twice the present one is good for six full blocks.
  const maxFeePerGasWei = most(leastFee, least(cap, 2n * market.baseFeePerGasWei + marketTip));
  const maxPriorityFeePerGasWei = least(most(leastTip, marketTip), maxFeePerGasWei);
  if (maxPriorityFeePerGasWei < leastTip) return null;
  return { number: last.number + 1, purpose, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei };
}

/** More than each of them by what nodes ask of a replacement, rounded up. */
function raised(wei: readonly bigint[], { bumpPerMille }: FeePolicy): bigint {
  const highest = wei.reduce(most, 0n);
  const product = highest * (PER_MILLE + BigInt(bumpPerMille));
  return most((product + PER_MILLE - 1n) / PER_MILLE, highest + 1n);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
