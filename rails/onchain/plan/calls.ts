import { type Address, encodeFunctionData, type Hex, maxUint256, parseAbi, parseSignature } from 'viem';
import { multisendAbi } from '../contracts/Multisend.ts';
import { type Payment, totalOf } from '../keys/calldata.ts';

/** What a transaction is to do, without nonce and fees. */
export interface PlannedCall {
  readonly to: Address;
  readonly valueWei: bigint;
  readonly data: Hex;
}

/** What a holder signed, as the database has it. */
export interface SignedAuthorization {
  readonly from: Address;
  readonly to: Address;
  readonly amountMinor: bigint;
  readonly validAfterSeconds: bigint;
  readonly validBeforeSeconds: bigint;
  readonly nonce: Hex;
  /** r, s and v, 65 bytes. */
  readonly signature: Hex;
}

const TOKEN_ABI = parseAbi([
  'function transfer(address to, uint256 value)',
  'function approve(address spender, uint256 value)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function authorizationState(address authorizer, bytes32 nonce) view returns (bool)',
]);

/** One payment. @param contract null for the coin */
export function transferCall(contract: Address | null, to: Address, amountMinor: bigint): PlannedCall {
  if (contract === null) return { to, valueWei: amountMinor, data: '0x' };
  const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [to, amountMinor] });
  return { to: contract, valueWei: 0n, data };
}

/** All payments or none. @param contract null for the coin */
export function multisendCall(
  multisend: Address,
  contract: Address | null,
  payments: readonly Payment[],
): PlannedCall {
  const list = payments.map(({ to, amountMinor }) => ({ to, value: amountMinor }));
  if (contract === null) {
    const data = encodeFunctionData({ abi: multisendAbi, functionName: 'sendNative', args: [list] });
    return { to: multisend, valueWei: totalOf(payments), data };
  }
  const args = [contract, list] as const;
  const data = encodeFunctionData({ abi: multisendAbi, functionName: 'sendTokenPooled', args });
  return { to: multisend, valueWei: 0n, data };
}

/**
 * Allows our multisend contract all that the sender will ever have of the token, once, instead of a second transaction
 * for each group. That is safe because the contract has no owner, cannot be changed, and takes tokens by allowance only
 * from whoever calls it: nobody but the sender itself can make use of the allowance.
 */
export function approvalCall(contract: Address, multisend: Address): PlannedCall {
  const args = [multisend, maxUint256] as const;
  const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'approve', args });
  return { to: contract, valueWei: 0n, data };
}

/** Hands in what several holders signed: all of it or nothing. */
export function sweepCall(
  multisend: Address,
  contract: Address,
  authorizations: readonly SignedAuthorization[],
): PlannedCall {
  const list = authorizations.map((one) => {
    const { r, s, yParity } = parseSignature(one.signature);
    return {
      from: one.from,
      to: one.to,
      value: one.amountMinor,
      validAfter: one.validAfterSeconds,
      validBefore: one.validBeforeSeconds,
      nonce: one.nonce,
      v: 27 + yParity,
      r,
      s,
    };
  });
  const args = [contract, list] as const;
  return {
    to: multisend,
    valueWei: 0n,
    data: encodeFunctionData({ abi: multisendAbi, functionName: 'sendAuthorized', args }),
  };
}

export function allowanceData(owner: Address, spender: Address): Hex {
  return encodeFunctionData({ abi: TOKEN_ABI, functionName: 'allowance', args: [owner, spender] });
}

/** Asks whether an authorization is used up, or was canceled. */
export function authorizationStateData(authorizer: Address, nonce: Hex): Hex {
  return encodeFunctionData({
    abi: TOKEN_ABI,
    functionName: 'authorizationState',
    args: [authorizer, nonce],
  });
}
