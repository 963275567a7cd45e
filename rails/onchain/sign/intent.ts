import {
  type ChainAsset,
  isSameAddress,
  isSameAsset,
  NATIVE,
  readApproval,
  readCall,
} from '../keys/calldata.ts';
import type { NetworkConfig } from '../network.ts';
import type { AskedAttempt, AskedAuthorization, AskedTransaction, CarriedSend, Signatory } from './asked.ts';

/** A transfer of the coin to an address without code, and what takes up a nonce, use exactly this. */
const CANCEL_GAS_MAX = 21_000n;

export type IntentRefusal =
  /** Somebody asked in time that it is not sent. */
  | 'CANCEL_ASKED'
  /** A first attempt of a transaction that has its nonce, or none of one that is over. */
  | 'NOT_PLANNED'
  | 'NOT_OPEN'
  /** The bytes do something else than the sends that the transaction carries, or a send is not to be sent. */
  | 'NOT_THE_SENDS'
  /** The address has no business with such a transaction. */
  | 'NOT_FROM_HERE'
  | 'NOT_A_CANCELLATION';

/** What a kind of address may send away. */
const PURPOSES = { CUSTODY: 'PAYMENT', DEPOSIT: 'SWEEP', TANK: 'REFILL' } as const;

/**
 * Whether the bytes of an attempt do exactly what the sends say that its transaction carries: each once, and nothing
 * else. Pure; null when they do. Limits and recipients are for `decideSigning`.
 */
export function refusalOfIntent(
  transaction: AskedTransaction,
  attempt: AskedAttempt,
  sends: readonly CarriedSend[],
  signatory: Signatory,
  network: NetworkConfig,
): IntentRefusal | null {
  const isFirst = attempt.purpose === 'FIRST';
  const isPlanned = transaction.state === 'PLANNED' && transaction.nonce === null;
  if (isFirst && !isPlanned) return 'NOT_PLANNED';
  if (!isFirst && (transaction.nonce === null || transaction.state === 'FINAL')) return 'NOT_OPEN';
  if (attempt.purpose === 'CANCEL') return refusalOfCancellation(transaction, attempt);
  if (isFirst && sends.some(({ isCancelAsked }) => isCancelAsked)) return 'CANCEL_ASKED';
  if (sends.some((send) => !isToBeSent(send, isFirst))) return 'NOT_THE_SENDS';
  if (!isFromHere(transaction, sends, signatory)) return 'NOT_FROM_HERE';
  return doesWhatIsCarried(transaction, attempt, sends, network) ? null : 'NOT_THE_SENDS';
}

/** It may pay no one and do nothing: coins to itself would be lost to nobody, but are not what was asked. */
function refusalOfCancellation(transaction: AskedTransaction, attempt: AskedAttempt): IntentRefusal | null {
  const isEmpty =
    isSameAddress(attempt.to, transaction.from) &&
    attempt.valueWei === 0n &&
    attempt.data === '0x' &&
    attempt.gasLimit <= CANCEL_GAS_MAX;
  return isEmpty ? null : 'NOT_A_CANCELLATION';
}

function isToBeSent({ state }: CarriedSend, isFirst: boolean): boolean {
  return isFirst ? state === 'PLANNED' : state !== 'QUEUED' && state !== 'FAILED' && state !== 'CANCELED';
}

function isFromHere(
  { kind, from }: AskedTransaction,
  sends: readonly CarriedSend[],
  { purpose, organizationId }: Signatory,
): boolean {
  const isOfOwner = sends.every((send) => send.organizationId === organizationId);
  if (kind === 'APPROVAL') return purpose === 'CUSTODY' && sends.length === 0;
  if (kind === 'SWEEP') {
    return purpose === 'CUSTODY' && isOfOwner && sends.every((send) => send.purpose === 'SWEEP');
  }
  // The tank is nobody's, and refills may be for any organization.
  if (purpose !== 'TANK' && !isOfOwner) return false;
  return sends.every((send) => send.purpose === PURPOSES[purpose] && isSameAddress(send.from, from));
}

function doesWhatIsCarried(
  { kind }: AskedTransaction,
  { to, valueWei, data }: AskedAttempt,
  sends: readonly CarriedSend[],
  network: NetworkConfig,
): boolean {
  // Token and spender are for the policy, which has the lists.
  if (kind === 'APPROVAL') return readApproval(to, valueWei, data) !== null;
  const call = readCall(to, valueWei, data);
  if (call === null || sends.length === 0) return false;
  if ((call.payer === 'AUTHORIZERS') !== (kind === 'SWEEP')) return false;
  if (kind === 'TRANSFER' && (sends.length !== 1 || call.multisend !== null)) return false;
  if (kind === 'MULTISEND' && call.multisend === null) return false;
  if (!sends.every(({ asset }) => isAssetOf(call.asset, asset, network))) return false;
  const done = call.payments.map((payment, index) => {
    const by = call.authorizedBy[index];
    return signOf(payment.to, payment.amountMinor, by === undefined ? '' : `${by.from} ${by.nonce}`);
  });
  const wanted = sends.map((send) => {
    const isAuthorized = send.authorizationState === 'SIGNED' || send.authorizationState === 'USED';
    // One that has no authorization is by none, which no payment of a sweep is.
    const by = kind === 'SWEEP' ? (isAuthorized ? `${send.from} ${send.authorizationNonce}` : 'nobody') : '';
    return signOf(send.to, send.amountMinor, by);
  });
  return isSameList(done, wanted);
}

function signOf(to: string, amountMinor: bigint, by: string): string {
  return `${to} ${amountMinor} ${by}`.toLowerCase();
}

/** Whatever the order, as often as it is there. */
function isSameList(a: readonly string[], b: readonly string[]): boolean {
  const sorted = b.toSorted();
  return a.length === b.length && a.toSorted().every((one, index) => one === sorted[index]);
}

function isAssetOf(moved: ChainAsset, code: string, { assets }: NetworkConfig): boolean {
  const asset = assets.find((one) => one.asset === code);
  return asset !== undefined && isSameAsset(moved, asset.contract ?? NATIVE);
}

/** Whether an authorization says what its send says. Pure; null when it does. */
export function refusalOfAuthorization(
  { send, contract, authorizer }: AskedAuthorization,
  { purpose, organizationId }: Signatory,
  network: NetworkConfig,
): IntentRefusal | null {
  if (send.isCancelAsked) return 'CANCEL_ASKED';
  if (send.state !== 'QUEUED' && send.state !== 'PLANNED') return 'NOT_PLANNED';
  if (purpose !== 'DEPOSIT' || send.purpose !== 'SWEEP' || send.organizationId !== organizationId)
    return 'NOT_FROM_HERE';
  const asset = network.assets.find((one) => one.asset === send.asset);
  const isOfSend =
    asset?.contract != null &&
    asset.hasAuthorizations &&
    isSameAddress(asset.contract, contract) &&
    isSameAddress(send.from, authorizer);
  return isOfSend ? null : 'NOT_THE_SENDS';
}
