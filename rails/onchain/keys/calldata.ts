import { type Address, decodeFunctionData, encodeFunctionData, type Hex, parseAbi } from 'viem';

/** Payments of one multisend transaction, whatever the gas of a block would carry. */
export const MULTISEND_PAYMENTS_MAX = 500;
/** Selector, three offsets and lengths, two words for each payment. Longer calldata is not even decoded. */
const CALLDATA_CHARACTERS_MAX = 2 + 2 * (4 + 32 * (5 + 2 * MULTISEND_PAYMENTS_MAX));

const TOKEN_ABI = parseAbi([
  'function transfer(address to, uint256 value)',
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
]);

/** What the multisend contract understands. It keeps nothing: what comes in goes out in the same call. */
export const MULTISEND_ABI = parseAbi([
  'function sendNative(address[] recipients, uint256[] amounts) payable',
  'function sendToken(address token, address[] recipients, uint256[] amounts)',
]);

/** The coin of the network itself, where an asset is otherwise the address of its contract. */
export const NATIVE = 'NATIVE';
export type ChainAsset = Address | typeof NATIVE;

export interface Payment {
  readonly to: Address;
  readonly amountMinor: bigint;
}

/** What calldata does, read from its bytes. */
export type Call =
  | { readonly kind: 'NATIVE_TRANSFER'; readonly payments: readonly [Payment] }
  | { readonly kind: 'TOKEN_TRANSFER'; readonly token: Address; readonly payments: readonly [Payment] }
  | {
      readonly kind: 'AUTHORIZED_TRANSFER';
      readonly token: Address;
      /** Whose money moves: it signed an authorization, and whoever sends this only pays the gas. */
      readonly from: Address;
      readonly payments: readonly [Payment];
    }
  | {
      readonly kind: 'MULTISEND';
      readonly contract: Address;
      readonly asset: ChainAsset;
      readonly payments: readonly Payment[];
    };

/**
 * Says what a transaction to `to` with `data` does, from the bytes alone; null for all that is not on the list above.
 * Bytes that mean a call but are not exactly its encoding (a tail, a dirty upper half of an address, an odd offset)
 * are null as well: contracts may read them another way than we do.
 *
 * @param to null for a transaction that makes a contract
 */
export function readCall(to: Address | null, valueWei: bigint, data: Hex): Call | null {
  if (to === null || data.length > CALLDATA_CHARACTERS_MAX) return null;
  if (data === '0x') return { kind: 'NATIVE_TRANSFER', payments: [{ to, amountMinor: valueWei }] };
  return readTokenCall(to, valueWei, data) ?? readMultisend(to, valueWei, data);
}

function readTokenCall(token: Address, valueWei: bigint, data: Hex): Call | null {
  const call = decodeOrNull(() => decodeFunctionData({ abi: TOKEN_ABI, data }));
  // A token keeps the native coin that is sent along for ever.
  if (call === null || valueWei !== 0n) return null;
  if (!isSame(encodeFunctionData({ abi: TOKEN_ABI, ...call }), data)) return null;
  if (call.functionName === 'transfer') {
    const [to, amountMinor] = call.args;
    return { kind: 'TOKEN_TRANSFER', token, payments: [{ to, amountMinor }] };
  }
  const [from, to, amountMinor] = call.args;
  return { kind: 'AUTHORIZED_TRANSFER', token, from, payments: [{ to, amountMinor }] };
}

function readMultisend(contract: Address, valueWei: bigint, data: Hex): Call | null {
  const call = decodeOrNull(() => decodeFunctionData({ abi: MULTISEND_ABI, data }));
  if (call === null || !isSame(encodeFunctionData({ abi: MULTISEND_ABI, ...call }), data)) return null;
  const isNative = call.functionName === 'sendNative';
  const [recipients, amounts] = isNative ? call.args : ([call.args[1], call.args[2]] as const);
  if (recipients.length === 0 || recipients.length !== amounts.length) return null;
  if (recipients.length > MULTISEND_PAYMENTS_MAX) return null;
  const payments = recipients.map((to, i) => ({ to, amountMinor: amounts[i] ?? 0n }));
  const carriedWei = isNative ? payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n) : 0n;
  // More would stay in the contract, less would make it fail.
  if (carriedWei !== valueWei) return null;
  return { kind: 'MULTISEND', contract, asset: isNative ? NATIVE : call.args[0], payments };
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
