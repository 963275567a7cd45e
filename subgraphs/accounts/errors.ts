import type { StoredResult } from '../../platform/commandLane.ts';
import { externalIdTaken, type FailureView, keyFailure, notFound } from '../../platform/failures.ts';
import { type ShownStatus, shownStatus } from './domain/endorsement.ts';

/** The account still holds or awaits money. */
export function accountNotEmpty(accountId: string): FailureView & { readonly accountId: string } {
  return {
    __typename: 'AccountNotEmpty',
    code: 'ACCOUNT_NOT_EMPTY',
    message: `${accountId} still holds or awaits money; move it first, then close with a new idempotency key`,
    retryable: false,
    accountId,
  };
}

export function externalAccountExists(existingId: string): FailureView & { readonly existingId: string } {
  return {
    __typename: 'ExternalAccountExists',
    code: 'EXTERNAL_ACCOUNT_EXISTS',
    message: `the owner has this place outside already: ${existingId}`,
    retryable: false,
    existingId,
  };
}

/** The status does not allow it. */
export function externalAccountState(
  externalAccountId: string,
  status: string,
): FailureView & { readonly externalAccountId: string; readonly status: string } {
  return {
    __typename: 'ExternalAccountState',
    code: 'INVALID_STATE',
    message: `${externalAccountId} is ${status}, and waits for no such proof`,
    retryable: false,
    externalAccountId,
    status,
  };
}

export function verificationFailed(triesLeft: number): FailureView & { readonly triesLeft: number } {
  return {
    __typename: 'VerificationFailed',
    code: 'VERIFICATION_FAILED',
    message: `those are not the two amounts that were sent; tries left: ${triesLeft}`,
    retryable: false,
    triesLeft,
  };
}

/** The personal data is gone, and nothing can be added to what is left. */
export function customerErased(customerId: string): FailureView & { readonly customerId: string } {
  return {
    __typename: 'CustomerErased',
    code: 'CUSTOMER_ERASED',
    message: `${customerId} was erased and cannot be changed`,
    retryable: false,
    customerId,
  };
}

/** @param seesReviews whether the Viewer may know that it is UNDER_REVIEW */
export function endorsementNotPossible(
  { name, status, wanted }: StoredResult,
  seesReviews: boolean,
): FailureView & { readonly name: string; readonly status: ShownStatus } {
  const shown = shownStatus(status as ShownStatus, seesReviews);
  return {
    __typename: 'EndorsementNotPossible',
    code: 'INVALID_STATE',
    message: `endorsement ${name} is ${shown} and cannot be ${wanted}`,
    retryable: false,
    name: String(name),
    status: shown,
  };
}

/** Told only to whoever may know how screening stands. */
export function customerScreeningNotPossible({
  id,
  status,
  decision,
}: StoredResult): FailureView & { readonly customerId: string; readonly status: string } {
  return {
    __typename: 'CustomerScreeningNotPossible',
    code: 'INVALID_STATE',
    message: `screening of ${id} is ${status} and cannot be decided ${decision}`,
    retryable: false,
    customerId: String(id),
    status: String(status),
  };
}

/** Closed for good. */
export function virtualAccountClosed(
  virtualAccountId: string,
): FailureView & { readonly virtualAccountId: string } {
  return {
    __typename: 'VirtualAccountClosed',
    code: 'INVALID_STATE',
    message: `${virtualAccountId} is CLOSED, and stays so; make another`,
    retryable: false,
    virtualAccountId,
  };
}

const FAILURES: Readonly<Record<string, (result: StoredResult) => FailureView>> = {
  NotFound: ({ id }) => notFound(String(id)),
  ExternalIdTaken: ({ externalId, existingId }) => externalIdTaken(String(externalId), String(existingId)),
  CustomerErased: ({ id }) => customerErased(String(id)),
  CustomerScreeningNotPossible: customerScreeningNotPossible,
  AccountNotEmpty: ({ accountId }) => accountNotEmpty(String(accountId)),
  ExternalAccountExists: ({ existingId }) => externalAccountExists(String(existingId)),
  ExternalAccountState: ({ id, status }) => externalAccountState(String(id), String(status)),
  VirtualAccountClosed: ({ id }) => virtualAccountClosed(String(id)),
  VerificationFailed: ({ triesLeft }) => verificationFailed(Number(triesLeft)),
};

/** The failure that a stored result stands for, or null when it is a success. */
export function failureOf(result: StoredResult): FailureView | null {
  return keyFailure(result) ?? FAILURES[result.type]?.(result) ?? null;
}
