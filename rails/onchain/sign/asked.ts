import type { Address, Hex } from 'viem';
import type { Uuid } from '../../../platform/id.ts';

/** An address that we hold the key of, and what may be signed with it. */
export interface Signatory {
  readonly network: string;
  readonly address: Address;
  /** Null for the deployment's gas tank. */
  readonly organizationId: Uuid | null;
  readonly purpose: 'DEPOSIT' | 'CUSTODY' | 'TANK';
}

/** A row of chain.transaction, locked. */
export interface AskedTransaction {
  readonly id: Uuid;
  readonly network: string;
  readonly from: Address;
  readonly kind: 'TRANSFER' | 'MULTISEND' | 'SWEEP' | 'APPROVAL';
  readonly state: 'PLANNED' | 'SIGNED' | 'BROADCAST' | 'INCLUDED' | 'FINAL' | 'REFUSED';
  readonly nonce: bigint | null;
}

/** A row of chain.attempt in state ASKED, locked. */
export interface AskedAttempt {
  readonly transactionId: Uuid;
  readonly number: number;
  readonly purpose: 'FIRST' | 'BUMP' | 'CANCEL';
  readonly to: Address;
  readonly valueWei: bigint;
  readonly data: Hex;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** A row of chain.send: what the transaction that carries it has to do, which the bytes are compared with. */
export interface CarriedSend {
  readonly id: Uuid;
  readonly transactionId: Uuid | null;
  readonly organizationId: Uuid | null;
  readonly asset: string;
  readonly purpose: 'PAYMENT' | 'SWEEP' | 'REFILL';
  readonly from: Address;
  readonly to: Address;
  readonly amountMinor: bigint;
  readonly state: 'QUEUED' | 'PLANNED' | 'BROADCAST' | 'INCLUDED' | 'FINAL' | 'FAILED' | 'CANCELED';
  readonly isCancelAsked: boolean;
  /** Of its authorization, where it has one. */
  readonly authorizationNonce: Hex | null;
  readonly authorizationState: 'ASKED' | 'SIGNED' | 'REFUSED' | 'USED' | null;
}

/** A row of chain.authorization in state ASKED, locked, with its send. */
export interface AskedAuthorization {
  readonly sendId: Uuid;
  readonly network: string;
  readonly contract: Address;
  readonly authorizer: Address;
  readonly nonce: Hex;
  readonly validAfterSeconds: bigint;
  readonly validBeforeSeconds: bigint;
  readonly send: CarriedSend;
}
