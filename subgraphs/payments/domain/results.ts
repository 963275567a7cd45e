import type { LedgerAccount, Restriction } from '../../../ledger/account.ts';
import type { LedgerRejection } from '../../../ledger/errors.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { type Batch, externalIdKey } from './batch.ts';
import type { Transaction } from './transaction.ts';

/**
 * What a command came to, in the flat form that is kept under its key. Amounts are minor units as text, ids are
 * bare uuids where they are ours and the client's own text where they are not; `errors.ts` words them.
 */
export function succeeded(transactionId: Uuid): StoredResult {
  return { type: 'Transaction', transactionId };
}

/** The answer to our own worker: the books are where the chain is. */
export const SETTLED: StoredResult = { type: 'Settled' };

/** The answer to our own worker when books and chain contradict one another, which somebody has to look at. */
export function blocked(why: string): StoredResult {
  return { type: 'Blocked', why };
}

/** The failures that deciding may come to. */
export type FailureType =
  | 'InvalidInput'
  | 'NotFound'
  | 'ExternalIdTaken'
  | 'InsufficientFunds'
  | 'AccountClosed'
  | 'AccountRestricted'
  | 'AssetMismatch'
  | 'InvalidState'
  | 'NotOnChain'
  | 'LimitExceeded'
  | 'RefundExceedsCaptured';

function failed(type: FailureType, values: Omit<StoredResult, 'type'>): StoredResult {
  return { type, ...values };
}

/** @param id as the client wrote it */
export function missing(id: string): StoredResult {
  return failed('NotFound', { id });
}

export function invalid(field: string, value: string | null, expected: string): StoredResult {
  return failed('InvalidInput', { field, value, expected });
}

/** @param why ends the sentence "the transaction is in STATUS: " */
export function illegal(transaction: Transaction, why: string): StoredResult {
  return failed('InvalidState', { transactionId: transaction.id, status: transaction.status, why });
}

export function mismatched(actual: string, expected: string): StoredResult {
  return failed('AssetMismatch', { actual, expected });
}

export function closedAccount(accountId: string): StoredResult {
  return failed('AccountClosed', { accountId });
}

/** What a customer's endorsements do not allow; the Account was read under its lock, so that a change counts at once. */
export function restricted(account: LedgerAccount, restriction: Restriction): StoredResult | null {
  return account.restrictions.includes(restriction)
    ? failed('AccountRestricted', { accountId: account.id, restriction })
    : null;
}

/** The Account backs no Wallet that has an address on a connected Network. */
export function notOnChain(accountId: Uuid): StoredResult {
  return failed('NotOnChain', { accountId });
}

/** The failure when another Transaction has this externalId, or one that this batch makes. */
export function takenExternalId(
  batch: Batch,
  organizationId: Uuid,
  externalId: string | null,
): StoredResult | null {
  const existingId =
    externalId === null ? undefined : batch.externalIds.get(externalIdKey(organizationId, externalId));
  return existingId === undefined ? null : failed('ExternalIdTaken', { externalId, existingId });
}

/** More would go back than is left. @param refundableMinor what is left, in minor units of the source */
export function exceeding(original: Transaction, amountMinor: bigint, refundableMinor: bigint): StoredResult {
  return failed('RefundExceedsCaptured', {
    refundableMinor: String(refundableMinor),
    requiredMinor: String(amountMinor),
    asset: original.sourceAsset,
  });
}

/**
 * A ledger rejection that a client may meet. Any other means that we posted what we should have refused before.
 *
 * @param asset code of the Asset that the amounts count
 */
export function refused(rejection: LedgerRejection, asset: string): StoredResult {
  switch (rejection.code) {
    case 'INSUFFICIENT_FUNDS':
      return failed('InsufficientFunds', {
        accountId: rejection.accountId,
        availableMinor: String(rejection.available),
        requiredMinor: String(rejection.required),
        asset,
      });
    case 'ACCOUNT_CLOSED':
      return closedAccount(rejection.accountId);
    case 'INVALID_AMOUNT':
      return invalid('amount', null, 'an amount that keeps the balance within 38 digits');
    default:
      invariant(false, `the ledger answered ${rejection.code}`);
  }
}
