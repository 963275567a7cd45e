import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import { internalError, isPublicCode, toPublicError } from '../errors.ts';
import { PayloadError } from '../operation/payload.ts';
import { OperationError } from '../operation/store.ts';
import { HttpRefusal } from './refusal.ts';

/** A request that was not run, as it is told. */
export interface Failure {
  readonly status: number;
  readonly errors: readonly GraphQLFormattedError[];
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /**
   * The request was a well-formed one and its document, variables or name were at fault: a client that does not know
   * statuses is told so under 200.
   */
  readonly isOfDocument: boolean;
}

/** What a client waits when it is not told for how long. */
const RETRY_AFTER_SECONDS = 1;
const MS = 1_000;

const STATUSES: Readonly<Record<string, number>> = {
  BAD_USER_INPUT: 400,
  CURSOR_EXPIRED: 400,
  COST_LIMIT_EXCEEDED: 400,
  OPERATION_TOO_LARGE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
  PERSISTED_QUERY_NOT_FOUND: 404,
};

/** Which fault of what kind it was; logs what is ours. */
export function failureOf(error: unknown, requestId: string, logger: Logger): Failure {
  if (error instanceof OperationError) return ofDocument(error.errors, requestId, logger);
  if (error instanceof HttpRefusal) {
    return malformed(error.status, error.message, error.code, requestId, error.headers);
  }
  if (error instanceof PayloadError) return malformed(400, error.message, 'BAD_REQUEST', requestId, []);
  if (error instanceof GraphQLError && isPublicCode(error.extensions.code)) {
    return ofCode(error, requestId, logger);
  }
  logger.error({ err: error, requestId }, 'a request failed');
  return { status: 500, errors: [internalError(requestId)], headers: [], isOfDocument: false };
}

/** The failure that an answer without data tells of, whose errors are fit to be shown already. */
export function failureOfErrors(errors: readonly GraphQLFormattedError[]): Omit<Failure, 'errors'> {
  const [first] = errors;
  const status = STATUSES[String(first?.extensions?.code)] ?? 500;
  return { status, headers: headersOf(status, first?.extensions ?? {}), isOfDocument: status === 400 };
}

function ofDocument(errors: readonly GraphQLError[], requestId: string, logger: Logger): Failure {
  const shown = errors.map((error) => toPublicError(error.toJSON(), requestId, logger));
  return { status: 400, errors: shown, headers: [], isOfDocument: true };
}

function malformed(
  status: number,
  message: string,
  code: string,
  requestId: string,
  headers: readonly string[],
): Failure {
  const errors = [{ message, extensions: { code, retryable: status === 503, requestId } }];
  return { status, errors, headers, isOfDocument: false };
}

function ofCode(error: GraphQLError, requestId: string, logger: Logger): Failure {
  const { http, ...extensions } = error.extensions;
  const given = (http as { readonly status?: number } | undefined)?.status;
  const status = given ?? STATUSES[String(extensions.code)] ?? 400;
  return {
    status,
    errors: [toPublicError({ ...error.toJSON(), extensions }, requestId, logger)],
    headers: headersOf(status, extensions),
    isOfDocument: status === 400 && extensions.code !== 'BAD_REQUEST',
  };
}

function headersOf(status: number, extensions: Readonly<Record<string, unknown>>): readonly string[] {
  // RFC 9110, section 11.6.1: a 401 says how to authenticate.
  if (status === 401) return ['www-authenticate', 'Bearer'];
  if (status === 405) return ['allow', 'POST'];
  if (status !== 429 && status !== 503) return [];
  const { retryAfterMs } = extensions;
  const seconds = typeof retryAfterMs === 'number' ? Math.ceil(retryAfterMs / MS) : RETRY_AFTER_SECONDS;
  return ['retry-after', String(Math.max(RETRY_AFTER_SECONDS, seconds))];
}
