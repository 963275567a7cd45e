import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { Fees } from '../fees.ts';
import type { NetworkConfig } from '../network.ts';
import type { ScreeningAnswer } from '../screening/screening.ts';
import type { PlannedCall } from './calls.ts';

/** Why a send is still QUEUED. `chain.send.waits_for` holds the same words. */
export type WaitsFor =
  | 'SCREENING'
  | 'LIQUIDITY'
  | 'GAS'
  | 'LANE'
  | 'BREAKER'
  /** The signer's limit of the day; tried again on the next. */
  | 'LIMIT'
  /** The chain would not carry it out as things stand; tried again until that is final. */
  | 'REVERT'
  /** Of a SWEEP: for the authorization that carries it. */
  | 'SIGNATURE';

export type FailureCode =
  | 'DESTINATION_REFUSED'
  | 'INSUFFICIENT_LIQUIDITY'
  | 'WOULD_REVERT'
  | 'SIGNING_REFUSED'
  | 'EXPIRED';

export interface QueuedSend {
  readonly id: Uuid;
  readonly organizationId: Uuid | null;
  readonly purpose: 'PAYMENT' | 'REFILL' | 'SWEEP';
  readonly asset: string;
  /** Who sends the ChainTransaction that carries it; of a sweep by authorization that is the custody address. */
  readonly from: Address;
  readonly to: Address;
  readonly amountMinor: bigint;
  readonly waitsFor: WaitsFor | null;
  /** When it began to wait for what it waits for. */
  readonly updatedAtMs: number;
  readonly version: number;
  readonly isScreened: boolean;
  /** Its group was refused as a whole, or it goes to an address of ours, which looks for coins in transfers only. */
  readonly goesAlone: boolean;
}

/** One sending address and what it has to spend: what is on the chain, less what open ChainTransactions take. */
export interface LaneView {
  readonly address: Address;
  /** Null for the gas tank. */
  readonly organizationId: Uuid | null;
  /** ChainTransactions that are in no block: what a node has to keep of one sender. */
  readonly open: number;
  readonly coinWei: bigint;
  /** By code of the asset, the coin not among them. */
  readonly tokens: ReadonlyMap<string, bigint>;
  /** Tokens that our multisend contract may take all of. */
  readonly allowed: ReadonlySet<string>;
  /** Tokens whose approval is under way, or failed not long ago. */
  readonly approvals: ReadonlyMap<string, 'OPEN' | 'FAILED'>;
  /** All that the organization has of an asset at all its addresses; none where that is not known. */
  readonly reachable: ReadonlyMap<string, bigint>;
  /** Whether coins for gas are on their way to it. */
  readonly isRefilling: boolean;
  /** In the order in which they go. */
  readonly sends: readonly QueuedSend[];
}

export interface PlanView {
  readonly nowMs: number;
  readonly network: NetworkConfig;
  /** The chain is not to be trusted with anything new. */
  readonly isStalled: boolean;
  readonly fees: Fees | null;
  readonly lanes: readonly LaneView[];
  /** By organization: gas that it has paid for and not used, in wei. */
  readonly gasWei: ReadonlyMap<Uuid, bigint>;
  /** Answers of this round, by send; none for one that nobody could screen. */
  readonly screened: ReadonlyMap<Uuid, ScreeningAnswer>;
  /** Sends that the chain refused when it was tried: whether it still did when that had become final. */
  readonly reverting: ReadonlyMap<Uuid, 'LATEST' | 'FINALIZED'>;
}

/** What may become one ChainTransaction. */
export interface Group {
  readonly kind: 'TRANSFER' | 'MULTISEND' | 'SWEEP' | 'APPROVAL';
  readonly lane: Address;
  readonly organizationId: Uuid | null;
  readonly asset: string;
  /** Empty for an APPROVAL. */
  readonly sends: readonly QueuedSend[];
  readonly call: PlannedCall;
}

/** A Group and the gas that the chain says it needs; null when it would revert. */
export interface EstimatedGroup extends Group {
  readonly gas: bigint | null;
}

export interface PlannedTransaction {
  readonly kind: Group['kind'];
  readonly organizationId: Uuid | null;
  readonly from: Address;
  readonly sendIds: readonly Uuid[];
  readonly call: PlannedCall;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

export interface Wait {
  readonly id: Uuid;
  readonly waitsFor: WaitsFor;
}

export interface Failure {
  readonly id: Uuid;
  readonly code: FailureCode;
}

/** Of a send that is refused by screening or by circumstances, or waits. */
export interface Settled {
  readonly waits: readonly Wait[];
  readonly failures: readonly Failure[];
}

export interface Proposal extends Settled {
  readonly groups: readonly Group[];
}

export interface Plan extends Settled {
  readonly transactions: readonly PlannedTransaction[];
  /** Addresses that need coins for gas. */
  readonly refills: readonly Address[];
}

/** A send that all of an organization's addresses cannot cover fails after this and not before. */
export const LIQUIDITY_WAIT_MS_MAX = 3_600_000;
/** Half of the smallest block that is in use, and below what EIP-7825 lets one transaction have. */
export const TRANSACTION_GAS_MAX = 15_000_000n;
