import type { StoredResult } from '../../platform/commandLane.ts';
import { externalIdTaken, type FailureView, keyFailure, notFound } from '../../platform/failures.ts';

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

const FAILURES: Readonly<Record<string, (result: StoredResult) => FailureView>> = {
  NotFound: ({ id }) => notFound(String(id)),
  ExternalIdTaken: ({ externalId, existingId }) => externalIdTaken(String(externalId), String(existingId)),
  AccountNotEmpty: ({ accountId }) => accountNotEmpty(String(accountId)),
};

/** The failure that a stored result stands for, or null when it is a success. */
export function failureOf(result: StoredResult): FailureView | null {
  return keyFailure(result) ?? FAILURES[result.type]?.(result) ?? null;
}
