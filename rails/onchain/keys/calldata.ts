import { type Address, decodeFunctionData, encodeFunctionData, type Hex, parseAbi } from 'viem';

/** Payments of one multisend transaction, whatever the gas of a block would carry. */
export const MULTISEND_PAYMENTS_MAX = 500;
/** Words of the widest payment, an authorization. */
const PAYMENT_WORDS_MAX = 9;
/** Selector, token, offset, length, payments. Longer calldata is not even decoded. */
const CALLDATA_CHARACTERS_MAX = 2 + 2 * (4 + 32 * (3 + PAYMENT_WORDS_MAX * MULTISEND_PAYMENTS_MAX));

const TOKEN_ABI = parseAbi([
  'function transfer(address to, uint256 value)',
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
]);

const APPROVE_ABI = parseAbi(['function approve(address spender, uint256 value)']);
const APPROVE_CHARACTERS = 2 + 2 * (4 + 32 * 2);

/** What may be called of our multisend contract. Written out here, so that a new function of it is not allowed by itself. */
const MULTISEND_ABI = parseAbi([
  'struct Payment { address to; uint256 value; }',
  'struct Authorization { address from; address to; uint256 value; uint256 validAfter; uint256 validBefore; bytes32 nonce; uint8 v; bytes32 r; bytes32 s; }',
  'function sendNative(Payment[] payments) payable',
  'function sendToken(address token, Payment[] payments)',
  'function sendTokenPooled(address token, Payment[] payments)',
  'function sendAuthorized(address token, Authorization[] authorizations)',
]);

/** The coin of the network itself, where an asset is otherwise the address of its contract. */
export const NATIVE = 'NATIVE';
export type ChainAsset = Address | typeof NATIVE;

export interface Payment {
  readonly to: Address;
  readonly amountMinor: bigint;
}

/** Which signature of a holder a payment is by. */
export interface AuthorizedBy {
  readonly from: Address;
  readonly nonce: Hex;
}

/** Leave to take tokens, which moves none. */
export interface Approval {
  readonly token: Address;
  readonly spender: Address;
  readonly amountMinor: bigint;
}

/** What calldata does, read from its bytes. */
export interface Call {
  /** Whose money moves: that of whoever sends the call, or of those who signed an authorization for it. */
  readonly payer: 'SENDER' | 'AUTHORIZERS';
  readonly asset: ChainAsset;
  readonly payments: readonly Payment[];
  /** In the order of the payments where the payer is AUTHORIZERS; else empty. */
  readonly authorizedBy: readonly AuthorizedBy[];
  /** The multisend contract that it goes through. */
  readonly multisend: Address | null;
}

/**
 * Says what a transaction to `to` with `data` does, from the bytes alone; null for all that is not on the list above.
 * Bytes that mean a call but are not exactly its encoding (a tail, a dirty upper half of an address, an odd offset)
 * are null as well: contracts may read them another way than we do.
 *
 * @param to null for a transaction that makes a contract
 */
export function readCall(to: Address | null, valueWei: bigint, data: Hex): Call | null {
  if (to === null || data.length > CALLDATA_CHARACTERS_MAX) return null;
  if (data === '0x') {
    const payments = [{ to, amountMinor: valueWei }];
    return { payer: 'SENDER', asset: NATIVE, payments, authorizedBy: [], multisend: null };
  }
  const call = readTokenCall(to, data) ?? readMultisend(to, data);
  if (call === null) return null;
  // More than is paid would stay in the contract for ever, less would make it fail.
  const paidWei = call.asset === NATIVE ? totalOf(call.payments) : 0n;
  return valueWei === paidWei ? call : null;
}

function readTokenCall(token: Address, data: Hex): Call | null {
  const call = decodeOrNull(() => decodeFunctionData({ abi: TOKEN_ABI, data }));
  if (call === null || !isSame(encodeFunctionData({ abi: TOKEN_ABI, ...call }), data)) return null;
  const isOwn = call.functionName === 'transfer';
  const [to, amountMinor] = isOwn ? call.args : ([call.args[1], call.args[2]] as const);
  return {
    payer: isOwn ? 'SENDER' : 'AUTHORIZERS',
    asset: token,
    payments: [{ to, amountMinor }],
    authorizedBy: call.functionName === 'transfer' ? [] : [{ from: call.args[0], nonce: call.args[5] }],
    multisend: null,
  };
}

/**
 * Says which allowance a transaction gives, as `readCall` says what it moves; null for all other bytes.
 *
 * @param to null for a transaction that makes a contract
 */
export function readApproval(to: Address | null, valueWei: bigint, data: Hex): Approval | null {
  if (to === null || valueWei !== 0n || data.length !== APPROVE_CHARACTERS) return null;
  const call = decodeOrNull(() => decodeFunctionData({ abi: APPROVE_ABI, data }));
  if (call === null || !isSame(encodeFunctionData({ abi: APPROVE_ABI, ...call }), data)) return null;
  return { token: to, spender: call.args[0], amountMinor: call.args[1] };
}

function readMultisend(multisend: Address, data: Hex): Call | null {
  const call = decodeOrNull(() => decodeFunctionData({ abi: MULTISEND_ABI, data }));
  if (call === null || !isSame(encodeFunctionData({ abi: MULTISEND_ABI, ...call }), data)) return null;
  const [asset, paid] = call.functionName === 'sendNative' ? ([NATIVE, call.args[0]] as const) : call.args;
  if (paid.length === 0 || paid.length > MULTISEND_PAYMENTS_MAX) return null;
  const payments = paid.map(({ to, value }) => ({ to, amountMinor: value }));
  const authorizedBy =
    call.functionName === 'sendAuthorized' ? call.args[1].map(({ from, nonce }) => ({ from, nonce })) : [];
  const payer = call.functionName === 'sendAuthorized' ? 'AUTHORIZERS' : 'SENDER';
  return { payer, asset, payments, authorizedBy, multisend };
}

/** Sum in minor units. */
export function totalOf(amounts: readonly { readonly amountMinor: bigint }[]): bigint {
  return amounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

function decodeOrNull<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

function isSame(encoded: Hex, data: Hex): boolean {
  return encoded === data.toLowerCase();
}

/** Whether two assets are one, whatever the letter case of their addresses. */
export function isSameAsset(a: ChainAsset, b: ChainAsset): boolean {
  return a === NATIVE || b === NATIVE ? a === b : isSameAddress(a, b);
}

/** Addresses differ by letter case where one is checksummed. Never throws, unlike viem's. */
export function isSameAddress(a: Address, b: Address): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
