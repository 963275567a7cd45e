import { type Address, zeroAddress } from 'viem';
import {
  type Approval,
  type Call,
  type ChainAsset,
  isSameAddress,
  isSameAsset,
  NATIVE,
  type Payment,
  readApproval,
  readCall,
  totalOf,
} from './calldata.ts';
import type { AuthorizationRequest, SigningRequest, TransactionRequest } from './signingRequest.ts';

/** Whose an address is. EXTERNAL is every address that the signer's own look-up does not know. */
export type RecipientKind = 'OWN_DEPOSIT' | 'OWN_CUSTODY' | 'GAS_TANK' | 'EXTERNAL' | 'BLOCKED';

export interface AssetLimit {
  readonly asset: ChainAsset;
  /** Of one signature, all its payments together. */
  readonly perTransactionMinorMax: bigint;
  /** Of one wallet in one day. */
  readonly perDayMinorMax: bigint;
}

/** What one wallet may sign on one chain. Made by the signer from its own tables; a caller has no part in it. */
export interface SigningPolicy {
  readonly chainId: number;
  /** The assets that may move at all. */
  readonly assets: readonly AssetLimit[];
  readonly multisendContracts: readonly Address[];
  readonly recipientKinds: ReadonlySet<RecipientKind>;
  /** Those of them at whom the money is its owner's still, so that no limit counts it. */
  readonly homeKinds: ReadonlySet<RecipientKind>;
  /** By address in lower case. */
  readonly knownRecipients: ReadonlyMap<string, RecipientKind>;
  readonly maxFeePerGasWeiMax: bigint;
  /** Gas limit times fee: the most that one transaction can cost. */
  readonly transactionFeeWeiMax: bigint;
  /** How long from now an authorization may be used. */
  readonly authorizationSecondsMax: bigint;
}

/** What the wallet has signed away today, without the request itself: a fee bump is not spent twice. */
export interface UsedToday {
  readonly atSeconds: bigint;
  readonly amounts: readonly Spending[];
}

export interface Spending {
  readonly asset: ChainAsset;
  readonly amountMinor: bigint;
}

export type SigningRefusal =
  | 'CHAIN_NOT_ALLOWED'
  | 'FEE_TOO_HIGH'
  | 'METHOD_NOT_ALLOWED'
  | 'CONTRACT_NOT_ALLOWED'
  | 'ASSET_NOT_ALLOWED'
  | 'RECIPIENT_NOT_ALLOWED'
  | 'AMOUNT_NOT_POSITIVE'
  | 'OVER_TRANSACTION_LIMIT'
  | 'OVER_DAILY_LIMIT'
  | 'NOT_OF_THIS_WALLET'
  | 'WINDOW_NOT_ALLOWED';

export type SigningDecision =
  | {
      readonly outcome: 'ALLOWED';
      /** What to add to the wallet's day, in the tx that stores the signature. */
      readonly spent: readonly Spending[];
    }
  | { readonly outcome: 'REFUSED'; readonly reason: SigningRefusal };

interface Movement {
  readonly asset: ChainAsset;
  readonly payments: readonly Payment[];
  /** False for money that was counted when its owner signed the authorization. */
  readonly isOfWallet: boolean;
}

/**
 * Whether the signer may sign. Pure; reads what moves from the bytes that would be signed and from nothing that is
 * said about them. What is not on a list is refused.
 */
export function decideSigning(
  request: SigningRequest,
  policy: SigningPolicy,
  usedToday: UsedToday,
): SigningDecision {
  const moved =
    request.kind === 'TRANSACTION'
      ? movementOfTransaction(request, policy)
      : movementOfAuthorization(request, policy, usedToday);
  if (typeof moved === 'string') return { outcome: 'REFUSED', reason: moved };
  if (moved === null) return { outcome: 'ALLOWED', spent: [] };
  const reason = refusalOf(moved, policy, usedToday);
  if (reason !== null) return { outcome: 'REFUSED', reason };
  const spent = { asset: moved.asset, amountMinor: totalOf(moved.payments) };
  const isSpent = moved.isOfWallet && !isHomecoming(moved, policy);
  return { outcome: 'ALLOWED', spent: isSpent ? [spent] : [] };
}

/** Null for a transaction that moves nothing: one that fills a nonce, or lets our multisend contract take tokens. */
function movementOfTransaction(
  { wallet, transaction }: TransactionRequest,
  policy: SigningPolicy,
): Movement | SigningRefusal | null {
  const { chainId, to, valueWei, data, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = transaction;
  if (chainId !== policy.chainId) return 'CHAIN_NOT_ALLOWED';
  const isFeeAllowed =
    maxFeePerGasWei >= 0n &&
    maxPriorityFeePerGasWei >= 0n &&
    maxPriorityFeePerGasWei <= maxFeePerGasWei &&
    maxFeePerGasWei <= policy.maxFeePerGasWeiMax &&
    gasLimit > 0n &&
    gasLimit * maxFeePerGasWei <= policy.transactionFeeWeiMax;
  if (!isFeeAllowed) return 'FEE_TOO_HIGH';
  const approval = readApproval(to, valueWei, data);
  if (approval !== null) return refusalOfApproval(approval, policy);
  const call = readCall(to, valueWei, data);
  if (call === null) return 'METHOD_NOT_ALLOWED';
  if (isFiller(call, wallet)) return null;
  const { asset, payments, payer, multisend } = call;
  if (multisend !== null && !isListed(multisend, policy.multisendContracts)) return 'CONTRACT_NOT_ALLOWED';
  return { asset, payments, isOfWallet: payer === 'SENDER' };
}

/**
 * The multisend contract takes tokens from nobody but its caller, so an allowance for it gives nothing to anybody else,
 * however large it is. For every other spender it would be the tokens themselves.
 */
function refusalOfApproval({ token, spender }: Approval, policy: SigningPolicy): SigningRefusal | null {
  if (!isListed(spender, policy.multisendContracts)) return 'CONTRACT_NOT_ALLOWED';
  return policy.assets.some(({ asset }) => isSameAsset(asset, token)) ? null : 'ASSET_NOT_ALLOWED';
}

function isFiller({ asset, payments, multisend }: Call, wallet: Address): boolean {
  const isNativeTransfer = asset === NATIVE && multisend === null;
  return (
    isNativeTransfer &&
    payments.every(({ to, amountMinor }) => amountMinor === 0n && isSameAddress(to, wallet))
  );
}

function movementOfAuthorization(
  { wallet, domain, authorization }: AuthorizationRequest,
  policy: SigningPolicy,
  { atSeconds }: UsedToday,
): Movement | SigningRefusal {
  const { from, to, valueMinor, validAfterSeconds, validBeforeSeconds } = authorization;
  if (domain.chainId !== policy.chainId) return 'CHAIN_NOT_ALLOWED';
  if (!isSameAddress(from, wallet)) return 'NOT_OF_THIS_WALLET';
  // One that begins later would still be open when its day, and its limit, are over.
  const isOpen = validAfterSeconds <= atSeconds && atSeconds < validBeforeSeconds;
  if (!isOpen || validBeforeSeconds - atSeconds > policy.authorizationSecondsMax) return 'WINDOW_NOT_ALLOWED';
  return {
    asset: domain.verifyingContract,
    payments: [{ to, amountMinor: valueMinor }],
    isOfWallet: true,
  };
}

function refusalOf(moved: Movement, policy: SigningPolicy, usedToday: UsedToday): SigningRefusal | null {
  const { asset, payments, isOfWallet } = moved;
  const limit = policy.assets.find((one) => isSameAsset(one.asset, asset));
  if (limit === undefined) return 'ASSET_NOT_ALLOWED';
  if (!payments.every(({ to }) => isRecipientAllowed(to, policy))) return 'RECIPIENT_NOT_ALLOWED';
  if (!payments.every(({ amountMinor }) => amountMinor > 0n)) return 'AMOUNT_NOT_POSITIVE';
  // What comes home can be spent from there only, under the limits of that address.
  if (isHomecoming(moved, policy)) return null;
  const total = totalOf(payments);
  if (total > limit.perTransactionMinorMax) return 'OVER_TRANSACTION_LIMIT';
  const used = totalOf(usedToday.amounts.filter((one) => isSameAsset(one.asset, asset)));
  return isOfWallet && used + total > limit.perDayMinorMax ? 'OVER_DAILY_LIMIT' : null;
}

/** Whether all of it goes where its owner has it still. */
function isHomecoming({ payments }: Movement, { knownRecipients, homeKinds }: SigningPolicy): boolean {
  return payments.every(({ to }) => homeKinds.has(knownRecipients.get(to.toLowerCase()) ?? 'EXTERNAL'));
}

/** A contract that we send through or whose token we hold never gives back what is sent to itself. */
function isRecipientAllowed(to: Address, policy: SigningPolicy): boolean {
  const contracts = policy.assets.flatMap(({ asset }) => (asset === NATIVE ? [] : [asset]));
  if (isListed(to, [zeroAddress, ...contracts, ...policy.multisendContracts])) return false;
  return policy.recipientKinds.has(policy.knownRecipients.get(to.toLowerCase()) ?? 'EXTERNAL');
}

function isListed(address: Address, list: readonly Address[]): boolean {
  return list.some((one) => isSameAddress(one, address));
}
