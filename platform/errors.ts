import { GraphQLError } from 'graphql';

/**
 * Errors that a request ends with when it is not a business outcome. A business outcome is a Failure in a result
 * union; these are GraphQL errors with `extensions.code`. One table, so that clients can list them.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: {
    retryable: false,
    meaning: 'no credentials, or credentials that are unknown, expired or revoked',
  },
  FORBIDDEN: { retryable: false, meaning: 'the credentials lack a scope' },
  BAD_USER_INPUT: { retryable: false, meaning: 'an argument has a value that can never be right' },
  CURSOR_EXPIRED: { retryable: false, meaning: 'the cursor is older than the events that are kept' },
  STREAM_INTERRUPTED: {
    retryable: true,
    meaning: 'a stream that cannot be resumed would have a gap here; subscribe anew and read the state first',
  },
  OVERLOADED: { retryable: true, meaning: 'too much is queued; nothing happened' },
  RATE_LIMITED: {
    retryable: true,
    meaning: 'the budget of these credentials is used up for now; nothing happened',
  },
  COST_LIMIT_EXCEEDED: { retryable: false, meaning: 'the operation would cost more than one may' },
  OPERATION_TOO_LARGE: { retryable: false, meaning: 'the document exceeds a limit, which the error names' },
  UNAVAILABLE: {
    retryable: true,
    meaning: 'a part that is needed does not answer; the message says whether a mutation may have happened',
  },
  INTERNAL_SERVER_ERROR: { retryable: true, meaning: 'a fault of ours, reported under the request id' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A GraphQL error that may be shown: its message is ours and names no SQL, path or stack. */
export class ApiError extends GraphQLError {
  override readonly name = 'ApiError';

  constructor(code: ErrorCode, message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message, { extensions: { ...extensions, code, retryable: ERROR_CODES[code].retryable } });
  }
}
