import type { StoredResult } from './commandLane.ts';

/** A member of a result union that is not a success, as GraphQL resolves it. */
export interface FailureView {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

const VALUE_LENGTH_MAX = 100;

/** A value of the input breaks a rule. Nothing was stored; the key may be used again. */
export function invalidInput(
  field: string,
  value: unknown,
  expected: string,
): FailureView & { field: string; value: string | null; expected: string } {
  const shown = value === null || value === undefined ? null : String(value).slice(0, VALUE_LENGTH_MAX);
  return {
    __typename: 'InvalidInput',
    code: 'INVALID_INPUT',
    message:
      shown === null
        ? `${field} is missing: expected ${expected}`
        : `${field} is ${JSON.stringify(shown)}: expected ${expected}`,
    retryable: false,
    field,
    value: shown,
    expected,
  };
}

/** No such object, or one that the Viewer may not see: never told apart. */
export function notFound(id: string): FailureView & { id: string } {
  return {
    __typename: 'NotFound',
    code: 'NOT_FOUND',
    message: `there is no ${id.slice(0, VALUE_LENGTH_MAX)}`,
    retryable: false,
    id,
  };
}

export function externalIdTaken(
  externalId: string,
  existingId: string,
): FailureView & { externalId: string; existingId: string } {
  return {
    __typename: 'ExternalIdTaken',
    code: 'EXTERNAL_ID_TAKEN',
    message: `externalId ${JSON.stringify(externalId)} belongs to ${existingId}`,
    retryable: false,
    externalId,
    existingId,
  };
}

/** The two failures that the command lane itself answers; null for any other result. */
export function keyFailure(result: StoredResult): (FailureView & { idempotencyKey: string }) | null {
  const idempotencyKey = String(result.idempotencyKey);
  if (result.type === 'IdempotencyKeyReused') {
    return {
      __typename: result.type,
      code: 'IDEMPOTENCY_KEY_REUSED',
      message: `idempotencyKey ${JSON.stringify(idempotencyKey)} was used before with other input; use a new key`,
      retryable: false,
      idempotencyKey,
    };
  }
  if (result.type === 'IdempotencyInProgress') {
    return {
      __typename: result.type,
      code: 'IDEMPOTENCY_IN_PROGRESS',
      message: `the first request with idempotencyKey ${JSON.stringify(idempotencyKey)} is still under way; ask again with the same key`,
      retryable: true,
      idempotencyKey,
    };
  }
  return null;
}
