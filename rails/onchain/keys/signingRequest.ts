import type { Address, Hex } from 'viem';

/** Fields of an EIP-1559 transaction. All wei and gas are whole numbers; nothing is filled in by whoever signs. */
export interface TransactionToSign {
  readonly chainId: number;
  readonly nonce: number;
  /** Null makes a contract, which no policy allows. */
  readonly to: Address | null;
  readonly valueWei: bigint;
  readonly data: Hex;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** EIP-712 domain of a token, as read from the chain: name and version differ by network. */
export interface TokenDomain {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly verifyingContract: Address;
}

/** EIP-3009. The window is in seconds of the chain's clock, open at both ends. */
export interface TransferAuthorization {
  readonly from: Address;
  readonly to: Address;
  readonly valueMinor: bigint;
  readonly validAfterSeconds: bigint;
  readonly validBeforeSeconds: bigint;
  /** 32 random bytes. */
  readonly nonce: Hex;
}

export interface TransactionRequest {
  readonly kind: 'TRANSACTION';
  /** Address of the key that is to sign. */
  readonly wallet: Address;
  readonly transaction: TransactionToSign;
}

export interface AuthorizationRequest {
  readonly kind: 'TRANSFER_AUTHORIZATION';
  /** Address of the key that is to sign. */
  readonly wallet: Address;
  readonly domain: TokenDomain;
  readonly authorization: TransferAuthorization;
}

export type SigningRequest = TransactionRequest | AuthorizationRequest;
